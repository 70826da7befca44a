import { type Access, uses } from '../model/access.js';
import { comparePaths, type FilePath } from '../model/file-path.js';
import { chosenStream, type Streams } from './streams.js';
import type { TraceOptions } from './tracer.js';

/** What the command's three streams are, looked at before it starts, and the accesses that redirections stand for. */
export function streamsOf({ streams = {} }: TraceOptions): { readonly streams: Streams; readonly accesses: Access[] } {
  const stdin = chosenStream(0, streams.stdin ?? 'inherit');
  const stdout = chosenStream(1, streams.stdout ?? 'inherit');
  const stderr = chosenStream(2, streams.stderr ?? 'inherit');
  const accesses = [stdin, stdout, stderr].flatMap(({ access }) => access ?? []);
  return { streams: { stdin: stdin.stream, stdout: stdout.stream, stderr: stderr.stream }, accesses };
}

/** Adds redirections to what the run itself did; sorted, one access a path. */
export function withStreamAccesses(accesses: readonly Access[], redirected: readonly Access[]): Access[] {
  if (redirected.length === 0) return [...accesses];
  const byPath = new Map<FilePath, Access>(accesses.map((access) => [access.path, access]));
  for (const access of redirected) {
    const present = byPath.get(access.path);
    byPath.set(access.path, present ? merged(access, present) : access);
  }
  return [...byPath.values()].sort((a, b) => comparePaths(a.path, b.path));
}

/** The redirection came first: what it says of the state before holds. */
function merged(first: Access, then: Access): Access {
  const before = first.before ?? then.before;
  return {
    ...then,
    uses: uses.filter((use) => first.uses.includes(use) || then.uses.includes(use)),
    ...(before ? { before } : {}),
  };
}
