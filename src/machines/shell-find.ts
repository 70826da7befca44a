import { ReproError } from '../errors.js';
import type { FileEntry, FileType } from '../model/file-entry.js';
import { type FilePath, pathFromBytes, pathToBytes } from '../model/file-path.js';
import type { Process, Shell } from './machine.js';

/** Runs a machine's `find`, `sha256sum` and `tar` on paths that are handed over on standard input. */
export interface ShellTools {
  readonly spawn: Shell['spawn'];
  /** What stands before a path for the tools: nothing, or `.` where they work beside the root. */
  readonly prefix: '' | '.';
  readonly label: string;
}

/** find(1): `%y` type, `%m` mode, ids, size, time with fraction, name, link target; NUL ends each, names are bytes. */
const format = '%y %m %U %G %s %T@\\0%p\\0%l\\0';

const statScript = `exec find "$@" -maxdepth 0 -printf '${format}'`;
const listScript = `exec find "$@" -mindepth 1 -maxdepth 1 -printf '${format}'`;

/** lstat of paths that lead through no links; what is not there is not in the answer. */
export function findEntries(
  tools: ShellTools,
  paths: readonly FilePath[],
  what: 'themselves' | 'contents',
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  const script = what === 'themselves' ? statScript : listScript;
  return parseFind(tools, ['xargs', '--null', '--no-run-if-empty', 'sh', '-c', script, 'find'], paths, signal);
}

/** Everything at and below a path, in no order; below `exclude` nothing. */
export function findBelow(
  tools: ShellTools,
  root: FilePath,
  exclude: readonly FilePath[],
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  const pruned = exclude.flatMap((path) => ['-o', '-path', text(tools, path).replace(/[*?[\]\\]/g, '\\$&')]).slice(1);
  const prune = pruned.length === 0 ? [] : ['(', ...pruned, ')', '-printf', format, '-prune', '-o'];
  return parseFind(tools, ['find', text(tools, root), ...prune, '-printf', format], undefined, signal);
}

/** SHA-256 of regular files by path; what cannot be read is not in the answer. */
export async function hashFiles(
  tools: ShellTools,
  paths: readonly FilePath[],
  signal?: AbortSignal,
): Promise<Map<FilePath, string>> {
  const argv = ['xargs', '--null', '--no-run-if-empty', 'sha256sum', '--binary', '--zero', '--'];
  const hashes = new Map<FilePath, string>();
  for await (const [line = ''] of records(tools, argv, 1, paths, signal)) {
    hashes.set(pathOf(tools, line.slice(66)), line.slice(0, 64));
  }
  return hashes;
}

/** Paths as the tools take them, each ended by NUL. */
export function pathList(tools: ShellTools, paths: readonly FilePath[]): Buffer {
  return pathToBytes(paths.map((path) => `${tools.prefix}${path}\0`).join('') as FilePath);
}

/** The path of what a tool has named. */
export function pathOf(tools: ShellTools, name: string): FilePath {
  const path = name.slice(tools.prefix.length);
  return (path === '' ? '/' : path) as FilePath;
}

const letters: Readonly<Record<string, FileType>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  p: 'fifo',
  s: 'socket',
  b: 'block',
  c: 'character',
};

async function* parseFind(
  tools: ShellTools,
  argv: readonly string[],
  paths: readonly FilePath[] | undefined,
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  for await (const [facts = '', name = '', target = ''] of records(tools, argv, 3, paths, signal)) {
    const [letter = '', mode = '', uid, gid, size, time] = facts.split(' ');
    const type = letters[letter];
    if (type === undefined) continue;
    yield {
      path: pathOf(tools, name),
      type,
      mode: Number.parseInt(mode, 8) & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      size: type === 'file' ? Number(size) : 0,
      mtime: wholeSeconds(time ?? '0'),
      ...(type === 'symlink' ? { target: target as FilePath } : {}),
    };
  }
}

/** `1700000000.9999999990` without rounding up; below zero the fraction still counts forward. */
function wholeSeconds(time: string): number {
  const whole = Number.parseInt(time, 10);
  return time.startsWith('-') && /\.\d*[1-9]/.test(time) ? whole - 1 : whole;
}

/** The NUL-ended fields of a tool's output, `width` at a time. */
async function* records(
  tools: ShellTools,
  argv: readonly string[],
  width: number,
  paths: readonly FilePath[] | undefined,
  signal?: AbortSignal,
): AsyncGenerator<readonly string[]> {
  let rest = '';
  let fields: string[] = [];
  for await (const chunk of outputOf(tools, argv, paths, signal)) {
    const parts = (rest + pathFromBytes(chunk)).split('\0');
    rest = parts.pop() ?? '';
    fields.push(...parts);
    const whole = fields.length - (fields.length % width);
    for (let at = 0; at < whole; at += width) yield fields.slice(at, at + width);
    fields = fields.slice(whole);
  }
}

/** What a tool says of paths of which some may be gone or unreadable. */
export async function* outputOf(
  tools: ShellTools,
  argv: readonly string[],
  paths: readonly FilePath[] | undefined,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  if (paths?.length === 0) return;
  const child = await start(tools, argv, paths, signal);
  const complaint = textOf(child);
  for await (const chunk of child.stdout ?? []) yield chunk as Buffer;
  signal?.throwIfAborted();
  const { code } = await child.exited;
  // 1 and 123: some path was not there or could not be read, which its absence from the answer says.
  if (code === 0 || code === 1 || code === 123) return;
  const said = (await complaint).trim().split('\n').at(-1);
  throw new ReproError('not-ready', `Files of ${tools.label} cannot be read: ${said || `exit code ${code}`}.`, {
    where: tools.label,
    remedy: 'It takes find, xargs, sha256sum and tar there (findutils, coreutils, tar).',
  });
}

async function start(
  tools: ShellTools,
  argv: readonly string[],
  paths: readonly FilePath[] | undefined,
  signal?: AbortSignal,
): Promise<Process> {
  const child = await tools.spawn(argv, {
    stdin: paths === undefined ? 'ignore' : 'pipe',
    ...(signal === undefined ? {} : { signal }),
  });
  child.stdin?.on('error', () => undefined);
  if (paths !== undefined) child.stdin?.end(pathList(tools, paths));
  return child;
}

async function textOf(child: Process): Promise<string> {
  let said = '';
  for await (const chunk of child.stderr ?? []) said = (said + String(chunk)).slice(-4096);
  return said;
}

function text(tools: ShellTools, path: FilePath): string {
  return pathToBytes(`${tools.prefix}${path}` as FilePath).toString('utf8');
}
