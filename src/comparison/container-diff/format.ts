import type { FilesDiff } from './files.js';
import type { PackagesDiff } from './packages.js';
import { alignTabs, showSize } from './tabs.js';

/** One element of what `container-diff diff --json` prints. */
export interface ContainerDiff<Diff = unknown> {
  readonly Image1: string;
  readonly Image2: string;
  readonly DiffType: string;
  readonly Diff: Diff;
}

export interface LinesDiff {
  readonly Adds: readonly string[];
  readonly Dels: readonly string[];
}

export type SizeDiff = readonly { readonly Name: string; readonly Size1: number; readonly Size2: number }[];

/** The text of container-diff for files. */
export function filesText({ Image1, Image2, DiffType, Diff }: ContainerDiff<FilesDiff>): string {
  const list = (entries: FilesDiff['Adds']) =>
    entries ? `\nFILE\tSIZE${entries.map(({ Name, Size }) => `\n${Name}\t${showSize(Size)}`).join('')}` : ' None';
  const mods = Diff.Mods
    ? `\nFILE\tSIZE1\tSIZE2${Diff.Mods.map(({ Name, Size1, Size2 }) => `\n${Name}\t${showSize(Size1)}\t${showSize(Size2)}`).join('')}\n`
    : ' None';
  return sections(DiffType, [
    `These entries have been added to ${Image1}:${list(Diff.Adds)}`,
    `These entries have been deleted from ${Image1}:${list(Diff.Dels)}`,
    `These entries have been changed between ${Image1} and ${Image2}:${mods}`,
  ]);
}

/** The text of container-diff for the packages of one manager. */
export function packagesText({ Image1, Image2, DiffType, Diff }: ContainerDiff<PackagesDiff>): string {
  const rows = (packages: PackagesDiff['Packages1']) =>
    packages.length === 0
      ? ' None'
      : `\nNAME\tVERSION\tSIZE${packages.map(({ Name, Version, Size }) => `\n-${Name}\t${Version}\t${showSize(Size)}`).join('')}`;
  const info = (infos: PackagesDiff['InfoDiff'][number]['Info1']) =>
    [infos]
      .flat()
      .map(({ Version, Size }) => `${Version}, ${showSize(Size)}`)
      .join('');
  const infos =
    Diff.InfoDiff.length === 0
      ? ' None'
      : `\nPACKAGE\tIMAGE1 (${Image1})\tIMAGE2 (${Image2})${Diff.InfoDiff.map(({ Package, Info1, Info2 }) => `\n-${Package}\t${info(Info1)}\t${info(Info2)}`).join('')}\n`;
  return sections(DiffType, [
    `Packages found only in ${Image1}:${rows(Diff.Packages1)}`,
    `Packages found only in ${Image2}:${rows(Diff.Packages2)}`,
    `Version differences:${infos}`,
  ]);
}

/**
 * The text of container-diff for the history of images. It has what only the second image has under the name of the
 * first, and says that there is none of the one where there is none of the other: for those who read it, so does this.
 */
export function historyText({ Image1, Image2, DiffType, Diff }: ContainerDiff<LinesDiff>): string {
  const linesOf = (lines: readonly string[]) => lines.map((line) => `-${line}\n`).join('');
  return sections(DiffType, [
    `Docker history lines found only in ${Image1}:${Diff.Adds.length === 0 ? ' None' : `\n${linesOf(Diff.Adds)}`}`,
    `Docker history lines found only in ${Image2}:${Diff.Adds.length === 0 ? ' None' : `\n${linesOf(Diff.Dels)}`}`,
  ]);
}

/** The text of container-diff for the sizes of images. */
export function sizeText({ Image1, Image2, DiffType, Diff }: ContainerDiff<SizeDiff>): string {
  const rows = Diff.map(({ Size1, Size2 }) => `\nSIZE1\tSIZE2\n${showSize(Size1)}\t${showSize(Size2)}\n`).join('');
  const title = `Image size difference between ${Image1} and ${Image2}:`;
  return sections(DiffType, [`${title}${Diff.length === 0 ? ' None' : rows}`]);
}

function sections(type: string, parts: readonly string[]): string {
  return alignTabs(`\n-----${type}-----\n\n${parts.join('\n\n')}\n`);
}
