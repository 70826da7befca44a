import type { Digest } from '../../hash.js';
import type { Machine, Unreadable } from '../../machines/machine.js';
import { type FilePath, joinPath, normalizePath, pathFromText } from '../../model/file-path.js';
import { homesOn } from '../../packaging/homes.js';
import { digestOf, type LockRecord } from './records.js';
import { readTarball, type TarballFiles } from './tarball.js';

/** A package whose tarball is looked for. */
export interface WantedTarball {
  /** The folder that holds the tree. */
  readonly project: FilePath;
  readonly record: LockRecord;
}

/** npm's caches on a machine: those of its accounts, and the one that we were told of. */
export async function findCaches(machine: Machine, unreadable: Unreadable): Promise<FilePath[]> {
  const caches = (await homesOn(machine, unreadable)).map((home) => joinPath(home, '.npm'));
  const own = process.env['npm_config_cache'];
  if (machine.isLocal && own?.startsWith('/')) caches.push(pathFromText(own));
  const contents = [...new Set(caches)].map((cache) => joinPath(cache, '_cacache/content-v2'));
  const found: FilePath[] = [];
  for await (const [path, entry] of machine.files.entries(contents)) if (entry?.type === 'directory') found.push(path);
  return found;
}

/** Where a cache has content of a digest: https://github.com/npm/cacache#readme */
export function placeInCache(cache: FilePath, { algorithm, value }: Digest): FilePath {
  return joinPath(cache, `${algorithm}/${value.slice(0, 2)}/${value.slice(2, 4)}/${value.slice(4)}`);
}

/** A tarball that is on the machine, with what it holds. */
export interface FoundTarball {
  readonly path: FilePath;
  readonly files: TarballFiles;
}

/** The tarballs that the machine has, in a cache or where the project names the file: one pass for all of them. */
export async function findTarballs<K>(
  wanted: ReadonlyMap<K, WantedTarball>,
  machine: Machine,
  unreadable: Unreadable,
  signal?: AbortSignal,
): Promise<Map<K, FoundTarball>> {
  const caches = wanted.size === 0 ? [] : await findCaches(machine, unreadable);
  const asked = new Map<FilePath, K[]>();
  for (const [key, tarball] of wanted) {
    for (const path of placesOf(tarball, caches)) asked.set(path, [...(asked.get(path) ?? []), key]);
  }
  const found = new Map<K, FoundTarball>();
  for await (const { path, content } of machine.files.contents([...asked.keys()], signal ? { signal } : {})) {
    const keys = (asked.get(path) ?? []).filter((key) => !found.has(key));
    const digest = digestOf(keys[0] === undefined ? undefined : wanted.get(keys[0])?.record.integrity);
    const files = digest && (await readTarball(content, digest));
    for (const key of files ? keys : []) if (files) found.set(key, { path, files });
  }
  return found;
}

function placesOf({ project, record }: WantedTarball, caches: readonly FilePath[]): FilePath[] {
  const digest = digestOf(record.integrity);
  if (!digest) return [];
  const cached = caches.map((cache) => placeInCache(cache, digest));
  const file = /^file:(.+)$/.exec(record.resolved ?? '')?.[1];
  return file === undefined ? cached : [...cached, normalizePath(joinPath(project, pathFromText(file)))];
}
