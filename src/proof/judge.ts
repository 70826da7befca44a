import { hasChanged } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import { baseName, type FilePath, showPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { Owner } from '../model/owner.js';
import type { AccessRecord } from '../spec/specification.js';
import { type CauseContext, explain } from './causes.js';
import {
  compareEntries,
  compareLinks,
  describeEntry,
  entryAt,
  entryBehind,
  isUnread,
  type TreeView,
  verdictOf,
} from './entries.js';
import { type Expectations, isLost } from './expectations.js';
import type { Difference, PathVerdict } from './proof.js';
import type { PathRule, RuleLookup } from './rules.js';
import type { SenseComparison } from './sense.js';

/** All that a verdict on one path is made from. */
export interface JudgeContext extends CauseContext {
  /** The traced snapshot and the created tree. */
  readonly origin: TreeView;
  readonly created: TreeView;
  readonly expectations: Expectations;
  readonly ruleFor: RuleLookup;
  readonly bySense: SenseComparison;
}

/** The verdict on one accessed path of a run. `used`: what the run used, by name. */
export async function judgeAccess(
  access: AccessRecord,
  used: ReadonlyMap<string, FilePath>,
  context: JudgeContext,
): Promise<PathVerdict> {
  const { path, owner, resolved, uses } = access;
  const row = {
    path: showPath(path),
    uses: [...uses],
    state: owner.state,
    ...packageOf(owner),
    ...(resolved === undefined || resolved === path ? {} : { resolved: showPath(resolved) }),
    differences: [],
  } satisfies Partial<PathVerdict>;
  const apart = setApart(access, context);
  if (apart) return { ...row, ...apart };
  const before = context.origin.resolve(path);
  const expected = entryBehind(context.origin, before) ?? (resolved && context.origin.entry(resolved));
  if (expected === undefined && uses.includes('absent')) return { ...row, ...judgeAbsent(path, used, context) };
  if (expected === undefined) return { ...row, ...(await judgeDangling(access, context)) };
  const links = compareLinks(
    before.links.map(({ path: link }) => link),
    context.origin,
    context.created,
  );
  const after = context.created.resolve(path);
  const found = entryBehind(context.created, after);
  const differences = [...links, ...compareEntries(expected, found)];
  if (differences.length === 0 && lacksContent(expected, found, uses)) {
    return { ...row, ...notRecorded(expected) };
  }
  return { ...row, ...(await judge(expected.path, owner, found, differences, context)) };
}

/** The verdict on one entry of the snapshot, whether a run used it or not; `undefined`: equal. */
export async function judgeEntry(
  expected: FileEntry,
  owner: Owner | undefined,
  context: JudgeContext,
): Promise<PathVerdict | undefined> {
  const { path } = expected;
  if (isKernelPath(path) || context.expectations.isChanged(path)) return undefined;
  const found = entryAt(context.created, path);
  const differences = compareEntries(expected, found);
  const unseen = differences.length === 0 && isUnread(expected, found);
  if (differences.length === 0 && !unseen) return undefined;
  const row = { path: showPath(path), ...packageOf(owner), differences: [] };
  const apart = supplied(path, owner, differences, context);
  if (apart) return { ...row, ...apart };
  if (unseen) {
    const rule = context.ruleFor(path, differences);
    return { ...row, ...(rule ? excused(rule) : notRecorded(expected)) };
  }
  return { ...row, ...(await judge(path, owner, found, differences, context)) };
}

function packageOf(owner: Owner | undefined): Pick<PathVerdict, 'package'> {
  if (!owner?.package) return {};
  const { at, ...reference } = owner.package;
  return { package: { ...reference, ...(at === undefined ? {} : { at: showPath(at) }) } };
}

type Judgement = Pick<PathVerdict, 'verdict'> & Partial<PathVerdict>;

/** Paths of which the created tree is not expected to hold what the origin held. */
function setApart(access: AccessRecord, { origin, expectations }: JudgeContext): Judgement | undefined {
  const { path, owner, resolved, uses } = access;
  if (!path.startsWith('/') || isKernelPath(path) || (resolved && isKernelPath(resolved))) {
    return { verdict: 'engine', cause: 'mounted-by-engine', rule: 'kernel', why: 'the kernel makes it' };
  }
  if (owner.state === 'host-bound') {
    return {
      verdict: 'engine',
      cause: 'mounted-by-engine',
      rule: owner.rule ?? 'host-bound',
      why: 'the host supplies it',
    };
  }
  const real = origin.resolve(path).path;
  if ([path, real, resolved].some((each) => each !== undefined && expectations.isSupplied(each))) {
    return { verdict: 'input', cause: 'supplied-to-rerun', why: 'data of the run, supplied when it runs again' };
  }
  if (hasChanged(access) || [real, resolved].some((each) => each !== undefined && expectations.isChanged(each))) {
    if (isLost(access)) {
      return {
        verdict: 'unproved',
        cause: 'changed-by-run',
        why: 'a run read it and changed it: what it was is not known',
      };
    }
    return { verdict: 'changed', cause: 'changed-by-run', why: 'a run makes or changes it' };
  }
  if (owner.state === 'left-out') {
    const isRead = uses.includes('read') || uses.includes('executed');
    if (isRead && owner.rule !== 'absent') {
      const rule = owner.rule ?? 'left-out';
      return { verdict: 'unproved', cause: 'left-out', rule, why: 'a run read it, and its rule never carries it' };
    }
    return { verdict: 'left-out', cause: 'left-out', rule: owner.rule ?? 'left-out', why: 'never carried, by rule' };
  }
  const listed = expectations.listed(real);
  if (
    owner.state === 'loose' &&
    expectations.isFolderOfRun(real) &&
    origin.entry(real)?.type === 'directory' &&
    !listed
  ) {
    return { verdict: 'input', cause: 'supplied-to-rerun', why: "a folder of the run's own data" };
  }
  return undefined;
}

function supplied(
  path: FilePath,
  owner: Owner | undefined,
  differences: readonly Difference[],
  context: JudgeContext,
): Judgement | undefined {
  const { expectations, origin } = context;
  const isData = expectations.isSupplied(path);
  const isFolder = origin.entry(path)?.type === 'directory' && expectations.isFolderOfRun(path);
  if (!isData && !(isFolder && (owner === undefined || owner.state === 'loose'))) {
    if (owner?.state === 'left-out' || owner?.state === 'host-bound') {
      return { verdict: 'left-out', cause: 'left-out', rule: owner.rule ?? owner.state };
    }
    return undefined;
  }
  return { verdict: 'input', cause: 'supplied-to-rerun', differences: [...differences] };
}

function judgeAbsent(path: FilePath, used: ReadonlyMap<string, FilePath>, context: JudgeContext): Judgement {
  const { created, ruleFor, expectations } = context;
  const resolution = created.resolve(path);
  const found = entryBehind(created, resolution);
  if (found === undefined) return { verdict: 'identical' };
  const differences: Difference[] = [{ aspect: 'presence', expected: 'nothing', found: describeEntry(found) }];
  const rule = ruleFor(path, differences) ?? ruleFor(resolution.path, differences);
  if (rule) return { ...excused(rule), differences };
  if (expectations.isFolderOfRun(resolution.path)) {
    return { verdict: 'input', cause: 'supplied-to-rerun', differences };
  }
  const hidden = used.get(baseName(path));
  if (hidden !== undefined && hidden !== path && found.type === 'file') {
    return { verdict: 'shadowed', cause: 'shadowed', why: `it would be found before ${showPath(hidden)}`, differences };
  }
  return { verdict: 'present-though-absent', cause: 'unknown', why: 'the run found nothing there', differences };
}

/** A link that leads nowhere is compared itself; of anything else without an entry nothing can be said. */
async function judgeDangling({ path, owner, uses }: AccessRecord, context: JudgeContext): Promise<Judgement> {
  const real = context.origin.resolve(path, { followLast: false });
  const link = entryBehind(context.origin, real);
  if (link === undefined) {
    return { verdict: 'unproved', cause: 'not-recorded', why: 'the snapshot says nothing of it' };
  }
  const found = entryBehind(context.created, context.created.resolve(path, { followLast: false }));
  const differences = compareEntries(link, found);
  const behind = context.created.resolve(path);
  if (uses.length > 0 && behind.end === 'found' && !isKernelPath(behind.path)) {
    differences.push({
      aspect: 'presence',
      expected: `a link to nothing`,
      found: `it leads to ${showPath(behind.path)}`,
    });
    if (differences.length === 1) {
      return { verdict: 'present-though-absent', cause: 'unknown', why: 'the link led nowhere', differences };
    }
  }
  return judge(link.path, owner, found, differences, context);
}

async function judge(
  path: FilePath,
  owner: Owner | undefined,
  found: FileEntry | undefined,
  differences: readonly Difference[],
  context: JudgeContext,
): Promise<Judgement> {
  const isCarried =
    context.expectations.listed(path)?.carried ?? (owner?.state === 'modified' || owner?.onCreate === 'carry');
  if (differences.length === 0) return { verdict: isCarried ? 'carried' : 'identical' };
  const onlyContent = differences.every(({ aspect }) => aspect === 'content');
  if (onlyContent && found && !isCarried) {
    const sense = await context.bySense.compare(path, found);
    if (sense && 'unproved' in sense) {
      return { verdict: 'unproved', cause: 'not-recorded', why: sense.unproved, differences: [...differences] };
    }
    if (sense && 'rule' in sense) {
      return { verdict: 'volatile', cause: 'volatile-rule', ...sense, differences: [...differences] };
    }
    if (sense) return { verdict: 'content', cause: 'environment', why: sense.why, differences: [...sense.differences] };
  }
  const rule = context.ruleFor(path, differences);
  // What the spec carries was put there as it was: no rule excuses it, unless the engine puts its own there.
  if (rule && (!isCarried || rule.kind === 'engine')) return { ...excused(rule), differences: [...differences] };
  const { cause, why } = await explain(path, owner, differences, context);
  const isOfOther = differences[0]?.aspect === 'content' && (cause === 'other-version' || cause === 'substituted');
  return { verdict: isOfOther ? cause : verdictOf(differences), cause, why, differences: [...differences] };
}

function excused({ rule, why, kind }: PathRule): Judgement {
  const cause = kind === 'engine' ? 'mounted-by-engine' : 'volatile-rule';
  return { verdict: kind, cause, rule, why };
}

function lacksContent(expected: FileEntry, found: FileEntry | undefined, uses: readonly string[]): boolean {
  return (uses.includes('read') || uses.includes('executed')) && isUnread(expected, found);
}

function notRecorded(expected: FileEntry): Judgement {
  const reason = expected.unreadable ? ` (${expected.unreadable})` : '';
  const why =
    expected.hash === undefined
      ? `its content on the origin is not recorded${reason}`
      : 'its content in the created tree was not read';
  return { verdict: 'unproved', cause: 'not-recorded', why };
}
