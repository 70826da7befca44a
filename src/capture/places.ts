import type { Machine } from '../machines/machine.js';
import { resolveMany } from '../machines/ways.js';
import type { Trace } from '../model/access.js';
import { type FilePath, normalizePath, pathFromText, rootPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';

/**
 * What decisions about files go by. Files are known by their real places, and people name these folders by way of links:
 * each folder is here as it is written and as the place that it leads to.
 */
export interface Places {
  readonly homes: readonly FilePath[];
  /** Working directories of the runs; none where nothing ran. */
  readonly cwds: readonly FilePath[];
  /** What the user named: carried whatever the rules say. */
  readonly named: readonly FilePath[];
  /** Where each thing that the user named lies. */
  readonly carry: ReadonlyMap<FilePath, FilePath>;
  /** Links by which the user named it. */
  readonly links: readonly FilePath[];
}

/** Finds where homes, working directories, and what the user named really are. */
export async function findPlaces(
  { files }: Machine,
  traces: readonly Trace[],
  carry: readonly FilePath[],
  signal?: AbortSignal,
): Promise<Places> {
  const homes = homesOf(traces);
  const cwds = traces.map(({ conditions }) => conditions.cwd);
  const ways = await resolveMany(files, [...homes, ...cwds, ...carry], { isOutside: isKernelPath, signal });
  const placeOf = (path: FilePath) => ways.resolve(path).path;
  const both = (paths: readonly FilePath[]) => [...new Set(paths.flatMap((path) => [path, placeOf(path)]))];
  return {
    homes: both(homes).filter((home) => home !== rootPath),
    cwds: both(cwds),
    named: both(carry),
    carry: new Map(carry.map((path) => [path, placeOf(path)])),
    links: [...new Set(carry.flatMap((path) => ways.resolve(path).links.map((link) => link.path)))],
  };
}

function homesOf(traces: readonly Trace[]): FilePath[] {
  const own = traces.flatMap(({ conditions }) => conditions.environment['HOME'] ?? []);
  return ['/root', '/home', ...own.filter((home) => home.startsWith('/'))].map((home) =>
    normalizePath(pathFromText(home)),
  );
}
