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
import type { Expectations } from './expectations.js';
import type { Difference, Judgement, PathVerdict } from './proof.js';
import type { PathRule, RuleLookup } from './rules.js';
import type { SenseComparison } from './sense.js';
import { setApart } from './set-apart.js';

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
  const apart = setApart(access, access, context);
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
  const apart = setApart({ path, owner }, undefined, context);
  if (apart) return { ...row, differences, ...apart };
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
