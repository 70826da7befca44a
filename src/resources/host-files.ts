import { FilesystemTrie } from '../filesystem/trie/trie.js';
import { loaderCache } from '../machines/loader-cache.js';
import type { Machine, Unreadable } from '../machines/machine.js';
import { resolveKinds } from '../machines/ways.js';
import type { FileKind } from '../model/file-entry.js';
import { baseName, comparePaths, type FilePath, isWithin, joinPath, parentPath, showPath } from '../model/file-path.js';
import type { HostFile } from '../model/host-file.js';
import { documentPath } from '../model/schemas.js';
import { outrightOwner } from '../packaging/path-rules.js';
import { treeView } from '../proof/entries.js';
import type { HostNeed } from '../spec/document/schema.js';
import { hostNeedOf } from '../spec/host/needs.js';
import type { Specification } from '../spec/specification.js';

export interface HostFilesOptions {
  /** Whether programs may speak to services of the host, as those of names are. */
  readonly network: boolean;
  readonly warn: (message: string) => void;
}

/** A path at which programs look, and where the host may have what belongs there, best first. */
interface Wanted {
  readonly target: FilePath;
  readonly places: readonly FilePath[];
}

/**
 * What the runs of a spec took from the machine below, as this host has it: libraries by the names that programs ask
 * for, with all of its graphics driver beside them, devices, repositories and name services.
 */
export async function findHostFiles(
  spec: Specification,
  host: Machine,
  { network, warn }: HostFilesOptions,
): Promise<HostFile[]> {
  const needs = (await neededPaths(spec)).filter(
    ({ path, need }) => network || need.kind !== 'name-service' || isLibrary(path),
  );
  if (needs.length === 0) return [];
  const unreadable: Unreadable = (path, code) => warn(`${showPath(path)} of ${host.label} cannot be read (${code}).`);
  const cache = needs.some(({ path }) => isLibrary(path)) ? await loaderCache(host, unreadable) : new Map();
  const wanted = needs.map((each) => wantedOf(each, cache));
  const driver = needs.find(({ path, need }) => need.kind === 'gpu-driver' && isLibrary(path));
  if (driver) wanted.push(...driverLibraries(parentPath(driver.path), cache));
  const ways = await resolveKinds(
    host.files,
    wanted.flatMap(({ places }) => places),
  );
  const origin = treeView(await FilesystemTrie.of(spec.snapshot()));
  const found = new Map<FilePath, HostFile>();
  for (const { target: asked, places } of wanted) {
    const place = places.map((each) => ways.resolve(each)).find(({ end }) => end === 'found');
    const type = place && typeOf(ways.entry(place.path));
    const target = origin.resolve(asked).path;
    if (place && type && !found.has(target)) found.set(target, { source: place.path, target, type });
  }
  const all = [...found.values()].sort((a, b) => comparePaths(a.target, b.target));
  return all.filter(({ target }) => !all.some((other) => other.target !== target && isWithin(target, other.target)));
}

/** By the traces, or of a spec that nobody traced by what it says of the machine below. */
async function neededPaths({ manifest, trace }: Specification): Promise<{ path: FilePath; need: HostNeed }[]> {
  if (!manifest.host?.some(isTaken)) return [];
  const traces = await Promise.all(manifest.runs.map(({ id }) => trace(id)));
  const accesses = traces.flatMap((each) => each?.accesses ?? []).filter(({ owner }) => owner.state === 'host-bound');
  const traced = accesses.flatMap((access) => {
    const need = hostNeedOf(access);
    return need ? [{ path: access.path, need }] : [];
  });
  const written = manifest.host.map((need) => ({ path: documentPath(need.at), need }));
  return (traces.some((each) => each !== undefined) ? traced : written).filter(({ need }) => isTaken(need));
}

/** A CPU cannot be given, and what comes with a package is there. */
function isTaken({ kind, match }: HostNeed): boolean {
  return kind !== 'cpu' && match !== 'package';
}

function wantedOf({ path, need }: { path: FilePath; need: HostNeed }, cache: ReadonlyMap<string, FilePath>): Wanted {
  const at = documentPath(need.at);
  if (!isLibrary(path)) return { target: at, places: [at] };
  const name = need.match === 'soname' ? (need.name as FilePath) : baseName(path);
  const known = cache.get(name);
  return { target: path, places: [path, joinPath(parentPath(at), name), ...(known === undefined ? [] : [known])] };
}

/** A newer driver may be made of more libraries than that of the origin, and asks for them by its own version. */
function driverLibraries(folder: FilePath, cache: ReadonlyMap<string, FilePath>): Wanted[] {
  return [...cache]
    .filter(([, path]) => outrightOwner(path)?.rule === 'gpu-driver')
    .map(([name, path]) => ({ target: joinPath(folder, name), places: [path] }));
}

function isLibrary(path: FilePath): boolean {
  return /\.so(?:\.[\d.]+)?$/.test(path);
}

function typeOf(found: FileKind | undefined): HostFile['type'] | undefined {
  switch (found?.type) {
    case 'file':
    case 'directory':
      return found.type;
    case 'block':
    case 'character':
      return 'device';
    default:
      return undefined;
  }
}
