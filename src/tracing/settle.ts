import { join } from 'node:path';
import type { Machine } from '../machines/machine.js';
import { resolveMany, type Ways } from '../machines/ways.js';
import type { Access } from '../model/access.js';
import { comparePaths, type FilePath, isWithin, normalizePath, showPath } from '../model/file-path.js';
import { findInterpreters } from './interpreters.js';
import { bit, evidence, type PathRecord, usesIn, usesMask } from './path-record.js';
import type { RunRecord } from './run-record.js';

export interface SettleOptions {
  readonly machine: Machine;
  /** Of these paths, the ones that came into being since the run began; what cannot be known is left out. */
  readonly born: (paths: readonly FilePath[]) => Promise<ReadonlySet<FilePath>>;
  /** The tracer's own folder: no access of the run. */
  readonly own: readonly FilePath[];
  /** The folder of ours that has contents as they were before the run changed them. */
  readonly kept?: string;
  readonly signal?: AbortSignal;
}

/** What only the machine can say after the run, added to what the log said: links, interpreters, what is new. */
export async function settleAccesses(run: RunRecord, options: SettleOptions): Promise<Access[]> {
  await addInterpreters(run, options);
  const records = used(run, options.own);
  const ways = await resolveMany(options.machine.files, toLookUp(records), { signal: options.signal });
  const born = await options.born(maybeCreated(run));
  const accesses = new Map<FilePath, PathRecord>();
  for (const [asked, record] of records) {
    const path = goesUp(asked) ? meaning(asked, record, ways) : asked;
    for (const part of byOwnNames(completed(path, record, ways, run, born), run)) merge(accesses, part.path, part);
  }
  return [...accesses]
    .map(([path, record]) => toAccess(path, record, run, born, options.kept))
    .sort((a, b) => comparePaths(a.path, b.path));
}

/** The kernel opened these by itself; of a script that failed with ENOENT, it is one of them that is missing. */
async function addInterpreters(run: RunRecord, { machine, signal }: SettleOptions): Promise<void> {
  const { paths, unknown } = await findInterpreters(machine, run.executions.values(), signal);
  for (const [path, programs] of paths) run.accesses.useFor(programs, path, 'executed');
  for (const [path, reason] of unknown) {
    const opened = run.opened.get(path);
    for (const each of opened ?? []) run.accesses.useFor([path], each, 'executed');
    const { bits } = run.accesses.records.get(path) ?? { bits: 0 };
    if (opened !== undefined || (bits & bit.created) !== 0 || path.startsWith('/proc/')) continue;
    run.notes.add(
      `The interpreter or loader of ${showPath(path)} is not known, because the program could not be read (${reason}).`,
    );
  }
  const failed = [...run.failedExecutions.values()];
  if (failed.length === 0) return;
  const wanted = await findInterpreters(machine, failed, signal);
  const ways = await resolveMany(machine.files, wanted.paths.keys(), { signal });
  for (const path of wanted.paths.keys()) {
    if (ways.resolve(path).end === 'found') run.accesses.use(path, 'examined');
    else run.accesses.absent(path);
  }
}

function used(run: RunRecord, own: readonly FilePath[]): (readonly [FilePath, PathRecord])[] {
  return [...run.accesses.records].filter(
    ([path, record]) => usesIn(record.bits).length > 0 && !own.some((folder) => isWithin(path, folder)),
  );
}

/** Links below /proc differ from process to process: what the kernel said is all that can be known. */
function toLookUp(records: readonly (readonly [FilePath, PathRecord])[]): FilePath[] {
  const paths: FilePath[] = [];
  for (const [path, record] of records) {
    if (isWithin(path, '/proc' as FilePath)) continue;
    if (needsResolving(path, record) || (record.bits & (bit.read | evidence.execFailed)) !== 0) {
      paths.push(path);
      const up = lastStepUp(path);
      if (up > 0) paths.push(path.slice(0, up + 3) as FilePath);
    }
    if (record.resolved !== undefined && (record.bits & bit.read) !== 0) paths.push(record.resolved);
  }
  return paths;
}

function needsResolving(path: FilePath, record: PathRecord): boolean {
  return goesUp(path) || (record.resolved === undefined && (record.bits & usesMask) !== bit.absent);
}

function maybeCreated(run: RunRecord): FilePath[] {
  const paths: FilePath[] = [];
  for (const [path, { bits }] of run.accesses.records) {
    if ((bits & evidence.maybeCreated) !== 0 && (bits & evidence.gone) === 0) paths.push(path);
  }
  return paths;
}

/** A name may begin with two dots, too: `..data`. */
const stepUp = /\/\.\.(?=\/|$)/g;

function goesUp(path: FilePath): boolean {
  return lastStepUp(path) >= 0;
}

/** Where the last `/..` of a path stands; -1 where it has none. */
function lastStepUp(path: FilePath): number {
  return path.includes('/..') ? ([...path.matchAll(stepUp)].at(-1)?.index ?? -1) : -1;
}

/** The path that a `..` means: the folder before it may have been reached by a link. */
function meaning(path: FilePath, record: PathRecord, ways: Ways): FilePath {
  const up = lastStepUp(path) + 3;
  const folder = ways.resolve(path.slice(0, up) as FilePath);
  if (folder.end === 'found') return normalizePath((folder.path + path.slice(up)) as FilePath);
  // Nothing is at a path that leads through a missing folder; it is the folder that is missing.
  const missing = folder.path.search(stepUp);
  const isAbsent = (record.bits & usesMask) === bit.absent;
  return isAbsent && missing > 0 ? (folder.path.slice(0, missing) as FilePath) : normalizePath(path);
}

function completed(
  path: FilePath,
  record: PathRecord,
  ways: Ways,
  run: RunRecord,
  born: ReadonlySet<FilePath>,
): PathRecord {
  let { bits, resolved } = record;
  if (isWithin(path, '/proc' as FilePath)) return { path, bits, ...(resolved === undefined ? {} : { resolved }) };
  if (resolved === undefined && (bits & usesMask) !== bit.absent) {
    const end = ways.resolve(path, { followLast: (bits & evidence.followed) !== 0 });
    if (end.end === 'found' && end.path !== path) resolved = end.path;
  }
  const real = resolved ?? path;
  const entry = ways.entry(real);
  if (isOutOfReach(bits) && entry === undefined) bits = (bits & ~bit.examined) | bit.absent;
  if ((bits & bit.read) !== 0 && entry?.type === 'directory') bits = (bits & ~bit.read) | bit.listed;
  if ((bits & evidence.execFailed) !== 0 && entry && (bits & bit.created) === 0)
    bits = (bits & ~bit.absent) | bit.examined;
  if (born.has(real) && (realBits(real, run) & evidence.maybeCreated) !== 0) bits |= bit.created;
  return resolved === undefined ? { path, bits } : { path, bits, resolved };
}

/** What lies in a folder that is closed to the user is not there for the run, whatever it is. */
function isOutOfReach(bits: number): boolean {
  return (bits & evidence.refused) !== 0 && (bits & usesMask & ~bit.absent) === bit.examined;
}

const ofTheLink = bit.created | bit.written | bit.removed | bit.absent;

/**
 * What was reached through a link that the run made is used by its own name: nobody else knows it by the link's. The
 * link itself is one more thing that the run made.
 */
function byOwnNames(record: PathRecord, { accesses }: RunRecord): PathRecord[] {
  const { path, bits, resolved } = record;
  if ((bits & evidence.madeLink) !== 0) {
    const used = bits & usesMask & ~ofTheLink;
    const link = { path, bits: resolved === undefined ? bits : bits & ~used };
    return resolved === undefined || used === 0 ? [link] : [link, { path: resolved, bits: used }];
  }
  if (!accesses.isBelowMadeLink(path)) return [record];
  // Where the link led is not known any more: like all that the run made and took away again.
  return resolved === undefined
    ? [{ path, bits: bits | evidence.changed }]
    : [{ path: resolved, bits: bits & usesMask }];
}

function merge(accesses: Map<FilePath, PathRecord>, path: FilePath, record: PathRecord): void {
  const present = accesses.get(path);
  if (!present) {
    accesses.set(path, record);
    return;
  }
  present.bits |= record.bits;
  if (present.resolved === undefined && record.resolved !== undefined) present.resolved = record.resolved;
}

function toAccess(
  path: FilePath,
  record: PathRecord,
  run: RunRecord,
  born: ReadonlySet<FilePath>,
  kept: string | undefined,
): Access {
  const real = record.resolved ?? path;
  const hasOwn = run.accesses.records.get(path)?.resolved === undefined || (record.bits & evidence.madeLink) !== 0;
  const state = (hasOwn ? record.bits : 0) | realBits(real, run);
  const existed = beforeOf(state, born.has(real));
  const before = existed === 'unknown' ? contentBefore(real, state, run, kept) : existed;
  const resolved = record.resolved !== undefined && record.resolved !== path ? { resolved: record.resolved } : {};
  return { path, ...resolved, uses: usesIn(record.bits), ...(before ? { before } : {}) };
}

/** Of a path that the run changed: whether something was there before. */
function beforeOf(bits: number, born: boolean): 'absent' | 'unknown' | 'same' | undefined {
  if ((bits & evidence.changed) === 0) return (bits & evidence.attributed) === 0 ? undefined : 'same';
  if ((bits & evidence.existed) !== 0) return 'unknown';
  if ((bits & evidence.missing) !== 0) return 'absent';
  return (bits & evidence.maybeCreated) !== 0 && born ? 'absent' : 'unknown';
}

/** That content is gone, whatever it was; but a tracer may have looked at it in time. */
function contentBefore(path: FilePath, bits: number, run: RunRecord, folder: string | undefined): Access['before'] {
  const before = run.before.get(path);
  if (before === undefined) return 'unknown';
  const { kept, ...rest } = before;
  return {
    ...rest,
    ...(kept !== undefined && folder !== undefined ? { kept: join(folder, kept) } : {}),
    ...((bits & evidence.mattered) === 0 ? { overwritten: true } : {}),
  };
}

function realBits(path: FilePath, run: RunRecord): number {
  return run.accesses.records.get(path)?.bits ?? 0;
}
