import picomatch from 'picomatch';
import { type FilePath, joinPath } from '../model/file-path.js';

/** Names in a directory in byte order, or undefined where it cannot be listed. */
export type ListNames = (directory: FilePath) => readonly FilePath[] | undefined;

/** One component of a glob: a literal name, a pattern of names, or `**` for any depth. */
export type GlobPart = string | ((name: string) => boolean) | typeof anyDepth;

export const anyDepth = Symbol('**');

/** An absolute glob with its braces expanded, split where `/` is; `*`, `?`, `[...]`, `{a,b}` and `**` have meaning. */
export function parseGlobs(globs: readonly string[]): GlobPart[][] {
  return globs.flatMap(expandBraces).map((glob) =>
    glob
      .split('/')
      .filter((part) => part !== '')
      .map(parsePart),
  );
}

/** All that match any of the globs, sorted and without repeats. Most globs name one path, which is taken as it is. */
export function matchGlobs(globs: readonly string[], list: ListNames): FilePath[] {
  const paths: FilePath[] = [];
  for (const glob of globs) {
    if (plainPath.test(glob)) paths.push(glob as FilePath);
    else for (const parts of parseGlobs([glob])) for (const path of expandGlob(parts, list)) paths.push(path);
  }
  return uniquePaths(paths);
}

const plainPath = /^(?:\/[^/*?[{]+)+$/;

/** The part of a glob before its first pattern. */
export function literalPrefix(parts: readonly GlobPart[]): { readonly prefix: FilePath; readonly rest: GlobPart[] } {
  const first = parts.findIndex((part) => typeof part !== 'string');
  const end = first < 0 ? parts.length : first;
  return { prefix: `/${parts.slice(0, end).join('/')}` as FilePath, rest: parts.slice(end) };
}

/** Paths that match, found by listing only the directories that the patterns lead to. */
export function* expandGlob(parts: readonly GlobPart[], list: ListNames): Generator<FilePath> {
  const { prefix, rest } = literalPrefix(parts);
  yield* expandBelow(prefix, rest, list);
}

function* expandBelow(at: FilePath, parts: readonly GlobPart[], list: ListNames): Generator<FilePath> {
  const [part, ...rest] = parts;
  if (part === undefined) {
    yield at;
  } else if (typeof part === 'string') {
    yield* expandBelow(joinPath(at, part), rest, list);
  } else if (part === anyDepth) {
    yield* expandBelow(at, rest, list);
    for (const name of list(at) ?? []) yield* expandBelow(joinPath(at, name), parts, list);
  } else {
    for (const name of list(at) ?? []) {
      if (!part(name)) continue;
      if (rest.length === 0) yield joinPath(at, name);
      else yield* expandBelow(joinPath(at, name), rest, list);
    }
  }
}

function parsePart(part: string): GlobPart {
  if (part === '**') return anyDepth;
  if (!/[*?[]/.test(part)) return part;
  const suffix = /^\*([^*?[\]\\]+)$/.exec(part)?.[1];
  if (suffix !== undefined) return (name) => name.endsWith(suffix);
  return picomatch(part, { dot: true, nobrace: true, noextglob: true, noglobstar: true, nonegate: true });
}

/** `/a{b,c}/d` to `/ab/d` and `/ac/d`; braces may nest and may hold slashes. */
function expandBraces(glob: string): string[] {
  const found = /\{([^{}]*)\}/.exec(glob);
  if (found === null) return [glob];
  const before = glob.slice(0, found.index);
  const after = glob.slice(found.index + found[0].length);
  return (found[1] ?? '').split(',').flatMap((choice) => expandBraces(before + choice + after));
}

/** Sorted and without repeats. */
export function uniquePaths(paths: Iterable<FilePath>): FilePath[] {
  // Latin1 views are in byte order when they are in that of their units, which is the order without a comparison.
  return [...new Set(paths)].sort();
}
