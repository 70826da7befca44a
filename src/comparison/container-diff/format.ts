import type { FilesDiff } from './files.js';
import type { LayersDiff, SizeRow } from './layers.js';
import type { PackagesDiff } from './packages.js';
import type { LinesDiff } from './sequences.js';
import { alignTabs, showSize } from './tabs.js';

/** One element of what `container-diff diff --json` prints. */
export interface ContainerDiff<Diff = unknown> {
  readonly Image1: string;
  readonly Image2: string;
  readonly DiffType: string;
  readonly Diff: Diff;
}

/** The text of container-diff for files. */
export function filesText({ Image1, Image2, DiffType, Diff }: ContainerDiff<FilesDiff>): string {
  return sections(DiffType, filesParts(Diff, Image2, `${Image1} and ${Image2}`));
}

/** For the files of layers; it has here what was added to the second image under the name of the first. */
export function layersText({ Image1, Image2, DiffType, Diff }: ContainerDiff<LayersDiff>): string {
  const layers = (Diff.DirDiffs ?? []).map(
    (diff, at) => `\n\nDiff for Layer ${at}:\n${filesParts(diff, Image1, `${Image1} and ${Image2}`).join('\n\n')}\n`,
  );
  return alignTabs(`\n-----${DiffType}-----\n\n${layers.join('')}\n`);
}

function filesParts({ Adds, Dels, Mods }: FilesDiff, image: string, both: string): string[] {
  const list = (entries: FilesDiff['Adds']) =>
    entries ? `\nFILE\tSIZE${entries.map(({ Name, Size }) => `\n${Name}\t${showSize(Size)}`).join('')}` : ' None';
  const mods = Mods
    ? `\nFILE\tSIZE1\tSIZE2${Mods.map(({ Name, Size1, Size2 }) => `\n${Name}\t${showSize(Size1)}\t${showSize(Size2)}`).join('')}\n`
    : ' None';
  return [
    `These entries have been added to ${image}:${list(Adds)}`,
    `These entries have been deleted from ${image}:${list(Dels)}`,
    `These entries have been changed between ${both}:${mods}`,
  ];
}

/** The text of container-diff for the packages of one manager. */
export function packagesText({ Image1, Image2, DiffType, Diff }: ContainerDiff<PackagesDiff>): string {
  const rows = (packages: PackagesDiff['Packages1']) =>
    packages.length === 0
      ? ' None'
      : `\nNAME\tVERSION\tSIZE${packages.map(({ Name, Version, Size }) => `\n-${Name}\t${Version}\t${showSize(Size)}`).join('')}`;
  const infos =
    Diff.InfoDiff.length === 0
      ? ' None'
      : `\nPACKAGE\tIMAGE1 (${Image1})\tIMAGE2 (${Image2})${Diff.InfoDiff.map(({ Package, Info1, Info2 }) => `\n-${Package}\t${infoText(Info1)}\t${infoText(Info2)}`).join('')}\n`;
  return sections(DiffType, [
    `Packages found only in ${Image1}:${rows(Diff.Packages1)}`,
    `Packages found only in ${Image2}:${rows(Diff.Packages2)}`,
    `Version differences:${infos}`,
  ]);
}

/** A version with its size, or several of both. */
export function infoText(infos: PackagesDiff['InfoDiff'][number]['Info1']): string {
  return [infos]
    .flat()
    .map(({ Version, Size }) => `${Version}, ${showSize(Size)}`)
    .join('');
}

/**
 * The text of container-diff for the history of images. It says that an image has no lines of its own where the other has
 * none: for those who read it, so does this.
 */
export function historyText({ Image1, Image2, DiffType, Diff: { Adds, Dels } }: ContainerDiff<LinesDiff>): string {
  return sections(DiffType, [
    `Docker history lines found only in ${Image1}:${Adds.length === 0 ? ' None' : linesOf(Dels)}`,
    `Docker history lines found only in ${Image2}:${Dels.length === 0 ? ' None' : linesOf(Adds)}`,
  ]);
}

/** For what images are configured to; it has here the lines of the second image under the name of the first. */
export function metadataText({ Image1, Image2, DiffType, Diff: { Adds, Dels } }: ContainerDiff<LinesDiff>): string {
  const orNone = (lines: readonly string[]) => (lines.length === 0 ? ' None' : linesOf(lines));
  return sections(DiffType, [
    `Image metadata differences between ${Image1} and ${Image2}:`,
    `${Image1}${orNone(Adds)}`,
    `${Image2}${orNone(Dels)}`,
  ]);
}

function linesOf(lines: readonly string[]): string {
  return `\n${lines.map((line) => `-${line}\n`).join('')}`;
}

/** The text of container-diff for the sizes of images. */
export function sizeText({ Image1, Image2, DiffType, Diff }: ContainerDiff<readonly SizeRow[]>): string {
  const rows = Diff.map(({ Size1, Size2 }) => `\n${showSize(Size1)}\t${showSize(Size2)}`).join('');
  const title = `Image size difference between ${Image1} and ${Image2}:`;
  return sections(DiffType, [`${title}${rows === '' ? ' None' : `\nSIZE1\tSIZE2${rows}\n`}`]);
}

/** And for those of layers. */
export function layerSizesText({ Image1, Image2, DiffType, Diff }: ContainerDiff<readonly SizeRow[] | null>): string {
  const rows = Diff?.map(({ Name, Size1, Size2 }) => `\n${Name}\t${showSize(Size1)}\t${showSize(Size2)}`).join('');
  const title = `Layer size differences between ${Image1} and ${Image2}:`;
  return sections(DiffType, [`${title}${rows === undefined ? ' None' : `\nLAYER\tSIZE1\tSIZE2${rows}\n`}`]);
}

function sections(type: string, parts: readonly string[]): string {
  return alignTabs(`\n-----${type}-----\n\n${parts.join('\n\n')}\n`);
}
