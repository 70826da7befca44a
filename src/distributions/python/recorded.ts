import { type FilePath, isWithin, parentPath } from '../../model/file-path.js';
import { isCompiled } from './record.js';
import type { InstalledPackage } from './site.js';

/** Whose the files are that packages list, and the folders that these lie in. */
export class RecordedPaths {
  /** By folder: the packages that list anything in it or below it. */
  readonly #packages = new Map<FilePath, InstalledPackage[]>();

  add(each: InstalledPackage): void {
    for (const folder of each.files.folders) this.#addTo(folder, each);
  }

  /** The package that lists a file: of several the last that was added. */
  ofFile(path: FilePath): InstalledPackage | undefined {
    if (isCompiled(path)) return undefined;
    return this.#packages.get(parentPath(path))?.findLast(({ files }) => files.has(path));
  }

  /** The packages that have anything in a folder that is in the same folder of packages. */
  inFolder(folder: FilePath): InstalledPackage[] {
    return this.#packages.get(folder)?.filter(({ site }) => isBelow(folder, site)) ?? [];
  }

  #addTo(folder: FilePath, each: InstalledPackage): void {
    for (let at = folder; ; at = parentPath(at)) {
      const known = this.#packages.get(at);
      if (known?.at(-1) === each) return;
      if (known) known.push(each);
      else this.#packages.set(at, [each]);
      if (!isBelow(at, each.site)) return;
    }
  }
}

function isBelow(folder: FilePath, site: FilePath): boolean {
  return folder !== site && isWithin(folder, site);
}
