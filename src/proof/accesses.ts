import { type Access, type TracedProcess, type Use, waysOfUse } from '../model/access.js';
import { comparePaths, type FilePath, isWithin, parentPath, pathFromText, showPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { RecordedTrace } from '../spec/specification.js';
import type { Blame } from './blame.js';
import type { AccessDifference } from './proof.js';
import type { RuleLookup } from './rules.js';

/** One side of the comparison: what a run used, and its process numbers. */
export interface Uses {
  readonly accesses: readonly Access[];
  readonly processes: readonly TracedProcess[];
}

export interface AccessContext {
  readonly ruleFor: RuleLookup;
  /** Why a difference that no rule explains is there. */
  readonly blame: Blame;
  /** Folders for temporary files, beyond the usual ones. */
  readonly temporary: readonly FilePath[];
}

/** The ways in which both runs used each path; names that are random are compared without what is random in them. */
export function compareAccesses(
  recorded: RecordedTrace,
  rerun: Uses,
  context: AccessContext,
): { equal: number; differences: AccessDifference[] } {
  const { attached = false } = recorded.conditions;
  const [before, after] = [usesByPath(recorded, attached), usesByPath(rerun, attached)];
  renameRandom(before, after, recorded, context.temporary);
  renameRandom(after, before, rerun, context.temporary);
  const varying = new Set(
    recorded.varying.accesses.flatMap((path) => [path, normalName(path, recorded, context.temporary)]),
  );
  const leftOut = new Map<string, string>();
  for (const { path, owner } of recorded.accesses) {
    if (owner.state === 'left-out') leftOut.set(path, owner.rule ?? 'left-out');
  }
  const differences: AccessDifference[] = [];
  let equal = 0;
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort(comparePaths)) {
    const expected = waysOfUse(before.get(name));
    const found = waysOfUse(after.get(name));
    if (attached ? roughly(expected) === roughly(found) : expected.join() === found.join()) {
      equal++;
      continue;
    }
    const early = attached && expected.length === 0 ? beganLate : undefined;
    const known = varying.has(name) ? variesOnOrigin : undefined;
    const reason = early ?? known ?? reasonFor(name as FilePath, leftOut.get(name), context);
    differences.push({ path: showPath(name as FilePath), expected, found, ...reason });
  }
  return { equal, differences };
}

const variesOnOrigin = { verdict: 'excused', cause: 'varies-on-origin', why: 'it varies on the origin too' } as const;
const beganLate = {
  verdict: 'excused',
  cause: 'not-recorded',
  why: 'the trace on the origin began when the command ran already',
} as const;

function reasonFor(
  path: FilePath,
  leftOut: string | undefined,
  { ruleFor, blame }: AccessContext,
): Pick<AccessDifference, 'verdict' | 'cause' | 'why'> {
  if (isKernelPath(path)) return { verdict: 'excused', cause: 'mounted-by-engine', why: 'the kernel makes it' };
  if (leftOut !== undefined)
    return { verdict: 'excused', cause: 'left-out', why: `never carried, by the rule ${leftOut}` };
  const rule = ruleFor(path, []);
  // What lies there is there for the engine's sake only where nothing else explains it.
  if (rule && (rule.kind === 'volatile' || !isWithin(path, '/tmp' as FilePath))) {
    const cause = rule.kind === 'engine' ? 'mounted-by-engine' : 'volatile-rule';
    return { verdict: 'excused', cause, why: rule.why };
  }
  return blame;
}

type UsesByPath = Map<string, Set<Use>>;

/** `real`: by where paths led, which is all that is known of what was open or mapped when a trace began. */
function usesByPath({ accesses }: Uses, real: boolean): UsesByPath {
  const byPath: UsesByPath = new Map();
  for (const { path, resolved = path, uses } of accesses) addUses(byPath, processName(real ? resolved : path), uses);
  return byPath;
}

/** Of what was open when a trace began it is not known how it had been opened. */
function roughly(ways: readonly Use[]): 'not' | 'absent' | 'changed' | 'used' {
  if (ways.length === 0) return 'not';
  return ways.includes('written') ? 'changed' : ways.includes('absent') ? 'absent' : 'used';
}

function addUses(byPath: UsesByPath, name: string, uses: Iterable<Use>): void {
  const known = byPath.get(name) ?? new Set<Use>();
  for (const use of uses) known.add(use);
  byPath.set(name, known);
}

/** Gives a normal name to the paths that only this run has and that it made itself, or tried to in a folder it made. */
function renameRandom(own: UsesByPath, other: UsesByPath, run: Uses, temporary: readonly FilePath[]): void {
  const all = new Map(own);
  const isMade = (used: ReadonlySet<Use> | undefined) =>
    used !== undefined && (used.has('created') || used.has('written') || used.has('removed'));
  for (const [name, used] of all) {
    if (other.has(name) || !(isMade(used) || isMade(all.get(parentPath(name as FilePath))))) continue;
    const normal = normalName(name, run, temporary);
    if (normal === name) continue;
    own.delete(name);
    addUses(own, normal, used);
  }
}

const usualTemporary = ['/tmp', '/var/tmp', '/dev/shm'].map(pathFromText);

/** Below /proc a number is a process, which is never the same. */
function processName(path: FilePath): string {
  return isWithin(path, '/proc' as FilePath) ? path.replace(/(?<=\/)\d+(?=\/|$)/g, 'PID') : path;
}

/**
 * The name of a file that a run made, without what is random in it. Published rules: below a folder for temporary
 * files runs of six or more letters and digits are chosen at random; so are the six at the end of a name, or before
 * its extension, elsewhere; the number at the end of a file that is renamed into place (`x.pyc.140213`) and the number
 * of a process of the run are not part of the name.
 */
export function normalName(
  path: string,
  { processes }: Pick<Uses, 'processes'>,
  temporary: readonly FilePath[],
): string {
  const pids = new Set(processes.map(({ pid }) => String(pid)));
  const withoutPids = path.replace(/\d{2,}/g, (digits) => (pids.has(digits) ? 'PID' : digits));
  const folder = [...usualTemporary, ...temporary].find((each) => path !== each && isWithin(path as FilePath, each));
  if (folder !== undefined) return folder + withoutPids.slice(folder.length).replace(/[A-Za-z0-9_]{6,}/g, '*');
  return withoutPids
    .replace(/(?<=\.\w+)\.\d{5,}$/, '.*')
    .replace(/(?<=[./_-])(?=\w*[A-Z0-9])\w{6}(?=\.\w{1,5}$|$)/, '*');
}
