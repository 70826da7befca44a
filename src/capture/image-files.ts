import { buffer } from 'node:stream/consumers';
import { recipeIn } from '../filesystem/squashfs/sif.js';
import { readIfThere } from '../machines/if-there.js';
import type { FileView } from '../machines/machine.js';
import { resolveKinds } from '../machines/ways.js';
import { type FilePath, joinPath } from '../model/file-path.js';
import type { ContainerRun } from './container-runs.js';

/** The definition comes first in an image, and is a page of text. */
const beginning = 1 << 20;

type Known = Pick<ContainerRun, 'sha256' | 'definition' | 'unidentified'>;

/** Of images that are files of their own (Apptainer, Singularity): their content's hash, and what they were built by. */
export async function identifyFiles(
  runs: readonly ContainerRun[],
  files: FileView,
  signal?: AbortSignal,
): Promise<readonly ContainerRun[]> {
  const paths = [...new Set(runs.flatMap(({ file }) => file ?? []))];
  if (paths.length === 0) return runs;
  const cancel = signal ? { signal } : {};
  const ways = await resolveKinds(files, paths, cancel);
  const places = new Map(paths.map((path) => [path, ways.resolve(path).path]));
  const known = new Map<FilePath, Known>();
  for await (const [place, entry] of files.entries([...places.values()], { hash: true, ...cancel })) {
    if (entry?.hash !== undefined) known.set(place, { sha256: entry.hash });
    else if (entry?.type === 'directory') known.set(place, await describeFolder(place, files));
    else known.set(place, { unidentified: entry ? 'it cannot be read' : 'it is not there any more' });
  }
  for await (const { path, content } of files.contents([...known.keys()], { length: beginning, ...cancel })) {
    const definition = recipeIn(await buffer(content));
    if (definition !== undefined) known.set(path, { ...known.get(path), definition });
  }
  return runs.map((run) => ({ ...run, ...(run.file && known.get(places.get(run.file) ?? run.file)) }));
}

/** A sandbox: the definition lies in it. */
async function describeFolder(place: FilePath, files: FileView): Promise<Known> {
  const unreadable = () => undefined;
  const text = await readIfThere(files, joinPath(place, '.singularity.d/Singularity'), unreadable);
  return { unidentified: 'it is a folder', ...(text ? { definition: text.toString('utf8') } : {}) };
}
