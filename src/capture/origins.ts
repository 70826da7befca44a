import type { Sha256 } from '../hash.js';
import { readAttributes } from '../machines/attributes.js';
import type { Machine } from '../machines/machine.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { Origin } from '../spec/document/files.js';
import { maskText } from '../spec/secrets/mask.js';
import { addressInHubCache, savedByWget, sumIn, sumListsFor, wgetLogFor } from './origin-records.js';

/** The attribute in which curl, wget and browsers keep an address (freedesktop.org, CommonExtendedAttributes). */
const attribute = 'user.xdg.origin.url';

export interface OriginRequest {
  readonly machine: Machine;
  /** Files that no package has, by their places. */
  readonly files: ReadonlyMap<FilePath, Sha256>;
  /** Where paths that the runs asked for lead. */
  readonly resolved: ReadonlyMap<FilePath, FilePath>;
  readonly signal?: AbortSignal | undefined;
}

export interface FoundOrigins {
  readonly origins: ReadonlyMap<FilePath, Origin>;
  /** What could not be seen, and what contradicts itself, in whole sentences. */
  readonly notes: readonly string[];
}

/**
 * What the machine itself says of where loose files are from. It is a hint: what an address gives is trusted by its
 * hash only. The passes over the machine are a fixed number, however many files there are.
 */
export async function findOrigins(request: OriginRequest): Promise<FoundOrigins> {
  const { files, machine, resolved, signal } = request;
  const paths = [...files.keys()];
  const attributes = await readAttributes(machine, attribute, paths, signal);
  const records = await readRecords(request);
  const notes: string[] = [];
  if (attributes === undefined) {
    notes.push(
      `Whether files carry the address that they are from is not known: ${machine.label} has ${machine.shell ? 'no Python or Perl' : 'no program that runs there'} to read extended attributes with.`,
    );
  }
  for (const [path, error] of attributes?.unreadable ?? [])
    notes.push(`The extended attributes of ${showPath(path)} cannot be read (error ${error}).`);
  const logs = new Map(
    [...records].map(([path, text]) => [path, path.endsWith('/wget-log') ? savedByWget(text) : undefined]),
  );
  const cached = new Map<FilePath, string>();
  for (const [asked, place] of resolved) {
    const url = files.has(place) ? addressInHubCache(asked) : undefined;
    if (url !== undefined) cached.set(place, url);
  }
  const origins = new Map<FilePath, Origin>();
  for (const [path, hash] of files) {
    const sums = sumListsFor(path).flatMap((list) => {
      const sum = sumIn(records.get(list) ?? '', list, path);
      return sum === undefined ? [] : [{ list, sum }];
    });
    const agreeing = sums.find(({ sum }) => sum === hash);
    for (const { list, sum } of agreeing ? [] : sums)
      notes.push(`${showPath(path)} is not what ${showPath(list)} says: its SHA-256 is to be ${sum}.`);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const candidates = [
      { from: 'attribute', url: attributes?.values.get(path) },
      { from: 'wget-log', url: logs.get(wgetLogFor(path))?.get(name) },
      { from: 'cache', url: cached.get(path) },
    ] as const;
    const found = candidates.find(({ url }) => url !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(url));
    const origin = {
      ...(found?.url === undefined ? {} : { url: maskText(found.url), from: found.from }),
      ...(agreeing ? { checksums: showPath(agreeing.list) } : {}),
    };
    if (Object.keys(origin).length > 0) origins.set(path, origin);
  }
  return { origins, notes };
}

/** More than any list of sums needs. */
const recordLimit = 4 * 1024 * 1024;

/** The lists of sums and logs beside the files, in two passes: which are there, and what they say. */
async function readRecords({ machine, files, signal }: OriginRequest): Promise<Map<FilePath, string>> {
  const context = signal ? { signal } : {};
  const wanted = new Set([...files.keys()].flatMap((path) => [...sumListsFor(path), wgetLogFor(path)]));
  const there: FilePath[] = [];
  for await (const [path, entry] of machine.files.entries([...wanted], context))
    if (entry?.type === 'file' && entry.size <= recordLimit) there.push(path);
  const records = new Map<FilePath, string>();
  for await (const { path, content } of machine.files.contents(there, context)) {
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece);
    records.set(path, Buffer.concat(pieces).toString('latin1'));
  }
  return records;
}
