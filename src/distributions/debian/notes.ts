import { type FilePath, showPath } from '../../model/file-path.js';
import type { FinishContext } from '../../packaging/reader.js';
import type { Claimed } from './claimed.js';
import type { Closure } from './closure.js';
import type { Origins } from './origins.js';
import type { DpkgPackage } from './package.js';
import type { Repacked } from './repack.js';

/** What is to be said of single packages. */
export function packageNotes({ packages, problems }: Closure): string[] {
  return packages.flatMap((each) => {
    const held = each.hold ? ['It is on hold, and will be again.'] : [];
    return [...held, ...each.problems, ...(problems.get(each) ?? [])].map((sentence) => `${each.id}: ${sentence}`);
  });
}

/** Settings that runs read of packages that were removed. */
export function leftNotes({ database, layout }: Claimed, { owned }: FinishContext): string[] {
  return owned.flatMap(({ path, rule }) => {
    const by = rule === 'configuration-left' ? database.left.get(layout.canonical(path)) : undefined;
    return by ? [`${by.id}: It was removed and left ${showPath(path)}, which is carried.`] : [];
  });
}

const shown = 12;

/** What was installed from files (`dpkg -i`), or was in an archive once; where no index was read, all may be so. */
export function localNotes(
  { packages }: Closure,
  origins: Origins<DpkgPackage>,
  repacked: ReadonlyMap<DpkgPackage, Repacked>,
): string[] {
  if (origins.archives.length === 0) return [];
  const local = packages.filter((each) => origins.packages.get(each)?.locations.length === 0);
  const kept = (each: DpkgPackage): boolean => repacked.get(each)?.hash !== undefined;
  const sentence = (found: readonly DpkgPackage[], means: string) =>
    found.length === 0 ? [] : [`In no archive that apt knows, ${means}: ${named(found)}.`];
  return [
    ...sentence(local.filter(kept), 'and kept as they are installed'),
    ...sentence(
      local.filter((each) => !kept(each)),
      'and not kept, so that they cannot be installed again',
    ),
  ];
}

function named(packages: readonly DpkgPackage[]): string {
  const names = packages.slice(0, shown).map(({ id, version }) => `${id} ${version}`);
  return `${names.join(', ')}${packages.length > shown ? ` and ${packages.length - shown} more` : ''}`;
}

/** Files that the closure's packages have on their lists, and that are not there. */
export function missingNotes([first, ...others]: readonly FilePath[]): string[] {
  if (first === undefined) return [];
  const count = others.length === 0 ? '1 file' : `${others.length + 1} files`;
  return [
    `${count} of packages, such as ${showPath(first)}, ${others.length === 0 ? 'is' : 'are'} not on the machine; what the run did not look for will be there when the packages are installed.`,
  ];
}
