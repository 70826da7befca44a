import { comparePaths, type FilePath, isWithin, parentPath, showPath } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { ManifestOutput, ManifestRun } from '../document/schema.js';
import type { RecordedTrace } from '../specification.js';

/** More outputs than this below one folder are one line of the manifest, so that it can still be read. */
const foldFrom = 12;

export interface FoldedOutputs {
  /** Files, and folders in the place of many files. */
  readonly shown: readonly ManifestOutput[];
  /** The files that the folders stand for. */
  readonly folded: readonly ManifestOutput[];
}

/** Puts one folder in the place of many outputs: the topmost that the run made itself, so that all in it is the run's. */
export function foldOutputs(outputs: readonly ManifestOutput[], made: ReadonlySet<FilePath>): FoldedOutputs {
  const shown: ManifestOutput[] = [];
  const folded: ManifestOutput[] = [];
  for (const [folder, files] of byFolder(outputs, made)) {
    if (folder === undefined || files.length <= foldFrom) {
      shown.push(...files);
      continue;
    }
    const size = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
    shown.push({ path: folder, files: files.length, size });
    folded.push(...files);
  }
  return { shown: shown.sort((a, b) => comparePaths(a.path, b.path)), folded };
}

/**
 * The files that a run leaves: what the manifest says of each, and of those that stand there as a folder what was
 * recorded of them, compared as the folder is. A folder of which nothing was recorded stays as it is.
 */
export function unfoldOutputs(run: ManifestRun, recorded: RecordedTrace | undefined): ManifestOutput[] {
  const named = new Set(run.outputs.map(({ path }) => path));
  return run.outputs.flatMap((output) => {
    if (output.files === undefined) return [output];
    const folder = documentPath(output.path);
    const { compare } = output;
    const below = (recorded?.outputs ?? []).filter(
      ({ path }) => !named.has(path) && isWithin(documentPath(path), folder),
    );
    return below.length === 0 ? [output] : below.map((file) => (compare === undefined ? file : { ...file, compare }));
  });
}

function byFolder(
  outputs: readonly ManifestOutput[],
  made: ReadonlySet<FilePath>,
): Map<string | undefined, ManifestOutput[]> {
  const groups = new Map<string | undefined, ManifestOutput[]>();
  for (const output of outputs) {
    const folder = topmostMade(documentPath(output.path), made);
    const group = groups.get(folder);
    if (group) group.push(output);
    else groups.set(folder, [output]);
  }
  return groups;
}

function topmostMade(path: FilePath, made: ReadonlySet<FilePath>): string | undefined {
  let top: FilePath | undefined;
  for (let at = parentPath(path); at !== '/' && made.has(at); at = parentPath(at)) top = at;
  return top === undefined ? undefined : showPath(top);
}
