import type { Offer } from '../../archives/ladder.js';
import type { Machine } from '../../machines/machine.js';
import { baseName, type FilePath, pathFromText } from '../../model/file-path.js';
import type { PlannedPackage } from '../../model/plan.js';

/** Where installers keep packages, each below a folder of its repository. */
const caches = ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/zypp/packages'].map(pathFromText);

/** What the installers of a machine have in their caches. */
export async function offersOfRpm({ files }: Machine): Promise<(planned: PlannedPackage) => Offer> {
  const cached = new Map<string, FilePath[]>();
  for (const cache of caches) {
    if (!(await files.lstat(cache))) continue;
    for await (const { path, type } of files.walk(cache)) {
      if (type !== 'file' || !path.endsWith('.rpm')) continue;
      cached.set(baseName(path), [...(cached.get(baseName(path)) ?? []), path]);
    }
  }
  return ({ artifact }) => ({ files: cached.get(artifact.name) ?? [], urls: [] });
}
