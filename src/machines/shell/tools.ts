import type { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { type FilePath, pathFromBytes, pathToBytes } from '../../model/file-path.js';
import type { Process, Shell } from '../machine.js';

/** Runs a machine's own tools on paths that are handed over on standard input. */
export interface ShellTools {
  readonly spawn: Shell['spawn'];
  /** What stands before a path for the tools: nothing, or `.` where they work beside the root. */
  readonly prefix: '' | '.';
  readonly label: string;
  /** Whether they are GNU's; else they are BusyBox's or toybox's, which know less. */
  readonly isGnu: () => Promise<boolean>;
}

/** Succeeds where each tool knows what only GNU's knows. */
const gnuScript = "find / -maxdepth 0 -printf '' && sha256sum --zero --version && tar --hard-dereference --version";

/** Asks a shell which tools it has, when that is first of interest and once. */
export function asksForGnu(spawn: Shell['spawn']): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  const ask = async () => {
    const child = await spawn(['sh', '-c', gnuScript], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
    return (await child.exited).code === 0;
  };
  return () => (answer ??= ask());
}

/** Places as the tools take them. */
export function namesOf(tools: ShellTools, places: readonly FilePath[]): string[] {
  return places.map((place) => tools.prefix + place);
}

/** The place of what a tool has named: with the prefix or, from a `tar` that drops it, without the first slash. */
export function placeOf(tools: ShellTools, name: string): FilePath {
  return `/${name.slice(tools.prefix.length).replace(/^\/+/, '')}` as FilePath;
}

/** As `xargs -0` takes them. */
export function listOf(names: readonly string[]): Buffer {
  return pathToBytes(names.map((name) => `${name}\0`).join('') as FilePath);
}

/** What a tool says when `xargs` gives it the arguments; of paths some may be gone or unreadable. */
export async function* outputOf(
  tools: ShellTools,
  tool: readonly string[],
  names: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  if (names.length === 0) return;
  const child = await tools.spawn(['xargs', '-0', '-r', ...tool], signal === undefined ? {} : { signal });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(listOf(names));
  const complaint = textOf(child);
  for await (const chunk of (child.stdout ?? []) as Readable) yield chunk as Buffer;
  signal?.throwIfAborted();
  const { code } = await child.exited;
  // 1 and 123: some path was not there or could not be read, which its absence from the answer says.
  if (code === 0 || code === 1 || code === 123) return;
  const said = (await complaint).trim().split('\n').at(-1);
  throw new ReproError('not-ready', `Files of ${tools.label} cannot be read: ${said || `exit code ${code}`}.`, {
    where: tools.label,
    remedy: 'It takes sh, find, xargs, stat, head, cat and tar there: of GNU, BusyBox or toybox.',
  });
}

/** The NUL-ended fields of a tool's output, `width` at a time. */
export async function* recordsOf(output: AsyncIterable<Buffer>, width: number): AsyncGenerator<readonly string[]> {
  let rest = '';
  let fields: string[] = [];
  for await (const chunk of output) {
    const parts = (rest + pathFromBytes(chunk)).split('\0');
    rest = parts.pop() ?? '';
    fields.push(...parts);
    const whole = fields.length - (fields.length % width);
    for (let at = 0; at < whole; at += width) yield fields.slice(at, at + width);
    fields = fields.slice(whole);
  }
}

async function textOf(child: Process): Promise<string> {
  let said = '';
  for await (const chunk of child.stderr ?? []) said = (said + String(chunk)).slice(-4096);
  return said;
}
