import { listIfThere } from '../../machines/if-there.js';
import type { Machine, Unreadable } from '../../machines/machine.js';
import { type FilePath, joinPath, pathFromText } from '../../model/file-path.js';
import { homesOn } from '../../packaging/homes.js';

/** Where installers of conda put its base environment, below a home or /opt. */
const baseNames = ['conda', 'miniconda3', 'anaconda3', 'miniforge3', 'mambaforge', 'micromamba', '.conda'] as const;

/** The packages in conda's caches on a machine, by file name: https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/custom-env-and-pkg-locations.html */
export async function cachedPackages(
  machine: Machine,
  unreadable: Unreadable,
): Promise<ReadonlyMap<string, readonly FilePath[]>> {
  const bases = [...(await homesOn(machine, unreadable)), '/opt' as FilePath].flatMap((home) =>
    baseNames.map((name) => joinPath(home, name)),
  );
  const folders = new Set(bases.map((base) => joinPath(base, 'pkgs')));
  if (machine.isLocal) {
    const own = (process.env['CONDA_PKGS_DIRS'] ?? '').split(/[:,]/).filter((folder) => folder.startsWith('/'));
    for (const folder of own) folders.add(pathFromText(folder));
  }
  const found = new Map<string, FilePath[]>();
  const there: FilePath[] = [];
  for await (const [path, entry] of machine.files.entries([...folders]))
    if (entry?.type === 'directory') there.push(path);
  for (const folder of there) {
    for (const name of await listIfThere(machine.files, folder, unreadable)) {
      if (!/\.(?:conda|tar\.bz2)$/.test(name)) continue;
      found.set(name, [...(found.get(name) ?? []), joinPath(folder, name)]);
    }
  }
  return found;
}
