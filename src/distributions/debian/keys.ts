import { fieldOf, parseDeb822 } from '../../archives/apt/deb822.js';
import { withoutCredentials } from '../../archives/http.js';
import { publicKeysIn } from '../../archives/openpgp.js';
import { baseName, comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import type { FinishContext } from '../../packaging/reader.js';
import type { DebianLock } from './schema.js';

/** Keys in it apt trusts for every archive whose source names none. */
export const trustedFolder = '/etc/apt/trusted.gpg.d';
const sourcesFiles = '/etc/apt/sources.list.d/*.sources';

/** The keys that sources.list lines name. */
export function keysNamedIn(line: string): FilePath[] {
  const named = /\[[^\]]*signed-by=([^\]\s]+)/.exec(line)?.[1] ?? '';
  return named.split(',').filter((path) => path.startsWith('/')) as FilePath[];
}

/** Public keys of archives, as people put them there: of what packages of the closure have nothing is kept. */
export async function keysOf(
  sources: readonly string[],
  isOfClosure: (path: FilePath) => boolean,
  { machine, contents, mayCarry, signal }: FinishContext,
): Promise<NonNullable<DebianLock['keys']>> {
  const named = sources.flatMap(keysNamedIn);
  const unnamed = sources.filter((line) => keysNamedIn(line).length === 0);
  const globs = unnamed.length > 0 ? [...named, `${trustedFolder}/*.{gpg,asc}`, sourcesFiles] : named;
  if (globs.length === 0) return [];
  const found = new Map<FilePath, Buffer>();
  for (const [path, content] of await machine.files.gather(globs, signal)) {
    if (!path.endsWith('.sources')) found.set(path, content);
    else {
      const keys = keysWrittenIn(content, unnamed);
      if (keys.length > 0) found.set(placeOf(path), Buffer.concat(keys));
    }
  }
  const keys: NonNullable<DebianLock['keys']> = [];
  for (const [path, content] of [...found].sort(([a], [b]) => comparePaths(a, b))) {
    if (isOfClosure(path) || mayCarry?.(path, content) === false) continue;
    // A source may name any file as its key.
    const own = publicKeysIn(content);
    if (own) keys.push({ path: showPath(path), content: (await contents.add(own)).hash });
  }
  return keys;
}

/** Those of a lock's keys that its sources still need: named by one, or trusted for those that name none. */
export function keysStillNeeded(
  keys: NonNullable<DebianLock['keys']>,
  sources: readonly string[],
): NonNullable<DebianLock['keys']> {
  const named = new Set<string>(sources.flatMap(keysNamedIn));
  const isTrusting = sources.some((line) => keysNamedIn(line).length === 0);
  return keys.filter(({ path }) => named.has(path) || (isTrusting && path.startsWith(`${trustedFolder}/`)));
}

/** Keys that a source itself holds, of sources that are lines without one now: a point stands for an empty line. */
function keysWrittenIn(content: Buffer, lines: readonly string[]): Buffer[] {
  return parseDeb822(content.toString('utf8')).flatMap((stanza) => {
    const key = fieldOf(stanza, 'Signed-By') ?? '';
    const uris = (fieldOf(stanza, 'URIs') ?? '').split(/\s+/).filter(Boolean).map(withoutCredentials);
    const isUsed = uris.some((uri) => lines.some((line) => line.split(' ').includes(uri)));
    if (!key.includes('BEGIN PGP PUBLIC KEY') || !isUsed) return [];
    const text = key
      .trim()
      .split('\n')
      .map((line) => line.trim().replace(/^\.$/, ''));
    return [Buffer.from(`${text.join('\n')}\n`)];
  });
}

/** A key of a source's own is put among the trusted ones, under the source's name. */
function placeOf(sources: FilePath): FilePath {
  return `${trustedFolder}/${baseName(sources).replace(/\.sources$/, '.asc')}` as FilePath;
}
