import picomatch from 'picomatch';
import { type FilePath, joinPath } from '../model/file-path.js';

/** Names in a directory in byte order, or undefined where it cannot be listed. */
export type ListNames = (directory: FilePath) => readonly FilePath[] | undefined;

/** An absolute glob: the path before its first pattern, and what each component below may be. */
export interface Glob {
  readonly prefix: FilePath;
  readonly below: readonly (readonly Part[])[];
}

/** A literal name, a pattern of names, or `**` for any depth. */
type Part = string | ((name: string) => boolean) | typeof anyDepth;

const anyDepth = Symbol('**');

/** `*`, `?`, `[...]`, `{a,b}` and `**` have meaning. Most globs name one path, which is taken as it is. */
export function parseGlobs(globs: readonly string[]): Glob[] {
  return globs.flatMap((glob) => {
    if (plainPath.test(glob)) return [{ prefix: glob as FilePath, below: [] }];
    // Choices within a component are walked together, from one listing; of paths each is a glob of its own.
    const hasPaths = glob.split('/').some((part) => part.split('{').length !== part.split('}').length);
    return (hasPaths ? expandBraces(glob) : [glob]).map(parseGlob);
  });
}

const plainPath = /^(?:\/[^/*?[{]+)+$/;

function parseGlob(glob: string): Glob {
  const components = glob.split('/').filter((part) => part !== '');
  const firstPattern = components.findIndex((part) => /[*?[{]/.test(part));
  const literals = firstPattern < 0 ? components : components.slice(0, firstPattern);
  return {
    prefix: `/${literals.join('/')}` as FilePath,
    below: components.slice(literals.length).map((component) => expandBraces(component).map(parsePart)),
  };
}

/** All that match any of the globs, sorted and without repeats, found by listing only the folders that these lead to. */
export function matchGlobs(globs: readonly Glob[], list: ListNames): FilePath[] {
  const paths: FilePath[] = [];
  for (const { prefix, below } of globs) addMatches(prefix, below, 0, list, paths);
  return uniquePaths(paths);
}

/** Of more names than these it costs less to list the folder than to try for each whether it is there. */
const mostTried = 3;

function addMatches(at: FilePath, below: Glob['below'], depth: number, list: ListNames, paths: FilePath[]): void {
  const choices = below[depth];
  if (choices === undefined) paths.push(at);
  const present = choices && choices.length > mostTried ? list(at) : undefined;
  for (const part of choices ?? []) {
    if (typeof part === 'string') {
      if (present?.includes(part as FilePath) ?? true) addMatches(joinPath(at, part), below, depth + 1, list, paths);
    } else if (part === anyDepth) {
      addMatches(at, below, depth + 1, list, paths);
      for (const name of list(at) ?? []) addMatches(joinPath(at, name), below, depth, list, paths);
    } else {
      for (const name of list(at) ?? []) if (part(name)) addMatches(joinPath(at, name), below, depth + 1, list, paths);
    }
  }
}

function parsePart(part: string): Part {
  if (part === '**') return anyDepth;
  if (!/[*?[]/.test(part)) return part;
  const [, start, end] = /^([^*?[\\]*)\*([^*?[\\]*)$/.exec(part) ?? [];
  if (start === undefined || end === undefined)
    return picomatch(part, { dot: true, nobrace: true, noextglob: true, noglobstar: true, nonegate: true });
  return (name) => name.length >= part.length - 1 && name.startsWith(start) && name.endsWith(end);
}

/** `a{b,c}/d` to `ab/d` and `ac/d`; braces may nest and may hold slashes. */
function expandBraces(glob: string): string[] {
  const found = /\{([^{}]*)\}/.exec(glob);
  if (found === null) return [glob];
  const before = glob.slice(0, found.index);
  const after = glob.slice(found.index + found[0].length);
  return (found[1] ?? '').split(',').flatMap((choice) => expandBraces(before + choice + after));
}

/** Sorted and without repeats. */
function uniquePaths(paths: Iterable<FilePath>): FilePath[] {
  // Latin1 views are in byte order when they are in that of their units, which is the order without a comparison.
  return [...new Set(paths)].sort();
}
