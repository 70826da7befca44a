import { type Sha256, sha256OfStream } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import { type Access, type Trace, waysOfUse } from '../model/access.js';
import { comparePaths, type FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import { loadNeverCarry } from '../spec/secrets/never-carry.js';

/** The content of what one run wrote; of a file that it appended to only its own part. */
export interface OutputHash {
  readonly hash: Sha256;
  readonly size: number;
}

/** What one run wrote, by real paths as far as they are known; undefined of what is gone or no file. */
export type OutputHashes = ReadonlyMap<FilePath, OutputHash | undefined>;

/**
 * Hashes what a run wrote, at once after it: a repeated run writes over it. What the caller's shell redirected lies on
 * the caller's machine.
 */
export async function hashOutputs(
  trace: Trace,
  machine: Machine,
  signal?: AbortSignal,
  caller: Machine = machine,
): Promise<OutputHashes> {
  const never = await loadNeverCarry();
  const { stdout, stderr } = trace.conditions.streams;
  const written = new Set<FilePath>();
  for (const access of trace.accesses) if (isChanged(access)) written.add(access.resolved ?? access.path);
  const redirected = new Set<FilePath>();
  for (const stream of [stdout, stderr]) if (stream.kind === 'file' && stream.path) redirected.add(stream.path);
  for (const path of redirected) written.delete(path);
  const hashes = new Map<FilePath, OutputHash | undefined>();
  for (const [where, all] of [
    [machine, written],
    [caller, redirected],
  ] as const) {
    const paths = [...all].filter((path) => !isKernelPath(path) && !never.byPath(path)).sort(comparePaths);
    for await (const [path, entry] of where.files.entries(paths, { hash: true, ...(signal ? { signal } : {}) }))
      hashes.set(path, entry?.hash === undefined ? undefined : { hash: entry.hash, size: entry.size });
  }
  for (const [path, from] of appendedFrom(trace)) {
    if (hashes.get(path) !== undefined) hashes.set(path, await hashOfRest(caller, path, from));
  }
  return hashes;
}

/** Files that the command appended to through its standard output or error, and where its own part begins. */
export function appendedFrom({ conditions }: Pick<Trace, 'conditions'>): ReadonlyMap<FilePath, number> {
  const starts = new Map<FilePath, number>();
  for (const { path, append, from } of [conditions.streams.stdout, conditions.streams.stderr]) {
    if (append && from && path) starts.set(path, Math.min(from, starts.get(path) ?? from));
  }
  return starts;
}

async function hashOfRest(machine: Machine, path: FilePath, from: number): Promise<OutputHash> {
  async function* rest() {
    let skip = from;
    for await (const chunk of machine.files.stream(path) as AsyncIterable<Buffer>) {
      if (chunk.length > skip) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  }
  return await sha256OfStream(rest());
}

export function isChanged({ uses }: Access): boolean {
  return uses.includes('written') || uses.includes('created');
}

/** Outputs that were not the same after every run. */
export function varyingOutputs(runs: readonly OutputHashes[]): FilePath[] {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  const paths = new Set(runs.flatMap((run) => [...run.keys()]));
  return [...paths]
    .filter((path) => others.some((run) => run.get(path)?.hash !== first.get(path)?.hash))
    .sort(comparePaths);
}

/** Paths that not every run used in the same way. A file that the first run made and a later one found is the same. */
export function varyingAccesses(traces: readonly Trace[]): FilePath[] {
  const [first, ...others] = traces.map(
    (trace) => new Map(trace.accesses.map((access) => [access.path, waysOfUse(new Set(access.uses)).join(' ')])),
  );
  if (first === undefined) return [];
  const paths = new Set([first, ...others].flatMap((run) => [...run.keys()]));
  return [...paths].filter((path) => others.some((run) => run.get(path) !== first.get(path))).sort(comparePaths);
}

/** The accesses of all runs as one list, redirected standard streams among them. */
export function mergeAccesses(traces: readonly Trace[]): Access[] {
  const merged = new Map<FilePath, Access>();
  for (const trace of traces) {
    for (const access of [...trace.accesses, ...streamAccesses(trace)]) {
      if (!merged.has(access.path)) merged.set(access.path, access);
    }
  }
  return [...merged.values()].sort((a, b) => comparePaths(a.path, b.path));
}

/** What the caller's shell redirected, as accesses like any other. */
export function streamAccesses({ conditions, accesses }: Trace): Access[] {
  const known = new Set(accesses.map(({ path }) => path));
  const { stdin, stdout, stderr } = conditions.streams;
  const found: Access[] = [];
  for (const [stream, use] of [
    [stdin, 'read'],
    [stdout, 'written'],
    [stderr, 'written'],
  ] as const) {
    if (stream.kind !== 'file' || stream.path === undefined || known.has(stream.path)) continue;
    known.add(stream.path);
    found.push({ path: stream.path, uses: [use] });
  }
  return found;
}
