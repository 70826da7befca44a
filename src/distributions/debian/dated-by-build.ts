import { sha256OfStream } from '../../hash.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, rootPath } from '../../model/file-path.js';
import { readUsrLayout } from '../../packaging/usr-layout.js';
import type { DpkgDatabase } from './database.js';
import { membersOfDeb } from './deb-control.js';
import type { DpkgPackage } from './package.js';

interface Dated {
  /** What the build of the system dated with what is newer. */
  readonly epoch: number;
  readonly database: DpkgDatabase;
  readonly machine: Machine;
  /** The .deb of a package that stays; undefined of one that goes, whose files are of no interest. */
  readonly debOf: (each: DpkgPackage) => string | undefined;
}

/**
 * The files of a bare system that its build made or changed, and so dated with the epoch: another build would date them
 * with another. Those of packages that are as new as the epoch have that date of their own. Undefined where it cannot be
 * told. Of files alone, since no digest counts the dates of anything else.
 */
export async function datedByBuild({ epoch, database, machine, debOf }: Dated): Promise<FilePath[] | undefined> {
  const dated = new Set<FilePath>();
  for await (const { path, type, mtime } of machine.files.walk(rootPath))
    if (type === 'file' && mtime === epoch) dated.add(path);
  // What is diverted has another name than in its package.
  if (database.diversions.some(({ path, divertedTo }) => dated.has(path) || dated.has(divertedTo))) return undefined;
  const layout = await readUsrLayout(machine);
  const owners = database.packages.filter((each) =>
    each.listedPaths().some((path) => dated.has(layout.canonical(path))),
  );
  for (const deb of owners.flatMap((each) => debOf(each) ?? [])) {
    for await (const { path, type, mtime, target, content } of membersOfDeb(deb, 'data')) {
      const own = layout.canonical(path);
      if (!dated.has(own)) continue;
      if (mtime > epoch) return undefined;
      const isOwn =
        type === 'hardlink'
          ? target !== undefined && !dated.has(layout.canonical(target))
          : mtime === epoch && (await sha256OfStream(content)).hash === (await hashOf(own, machine));
      if (isOwn) dated.delete(own);
    }
  }
  return [...dated];
}

async function hashOf(path: FilePath, { files }: Machine): Promise<string | undefined> {
  for await (const [, entry] of files.entries([path], { hash: true })) return entry?.hash;
  return undefined;
}
