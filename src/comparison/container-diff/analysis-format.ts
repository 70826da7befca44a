import type { SizedEntry, SizeEntry } from './files.js';
import { infoText } from './format.js';
import type { PackageLayer } from './package-layers.js';
import type { PackageRow } from './packages.js';
import { alignTabs, showSize } from './tabs.js';

/** One element of what `container-diff analyze --json` prints. */
export interface ContainerAnalysis<Analysis = unknown> {
  readonly Image: string;
  readonly AnalyzeType: string;
  readonly Analysis: Analysis;
}

/** The text of container-diff for a list of lines. */
export function listAnalysisText({ Image, AnalyzeType, Analysis }: ContainerAnalysis<readonly string[]>): string {
  const lines = Analysis.length === 0 ? ' None' : `\n${Analysis.map((line) => `-${line}\n`).join('')}`;
  return titled(AnalyzeType, `\nAnalysis for ${Image}:${lines}\n`);
}

/** For files. */
export function fileAnalysisText(json: ContainerAnalysis<readonly SizedEntry[] | null>): string {
  return titled(json.AnalyzeType, `\nAnalysis for ${json.Image}:${filesOf(json.Analysis)}\n`);
}

/** And for those of each layer. */
export function layerAnalysisText(json: ContainerAnalysis<readonly (readonly SizedEntry[] | null)[] | null>): string {
  const layers = (json.Analysis ?? []).map(
    (files, at) => `\n\nAnalysis for ${json.Image} Layer ${at}:${filesOf(files)}\n`,
  );
  return titled(json.AnalyzeType, `${layers.join('')}\n`);
}

function filesOf(entries: readonly SizedEntry[] | null): string {
  return table(
    ['FILE', 'SIZE'],
    (entries ?? []).map(({ Name, Size }) => [Name, showSize(Size)]),
  );
}

/** The text of container-diff for the size of an image. */
export function sizeAnalysisText(json: ContainerAnalysis<readonly SizeEntry[]>): string {
  return sizesText('IMAGE', json);
}

/** And for those of its layers. */
export function layerSizeAnalysisText(json: ContainerAnalysis<readonly SizeEntry[] | null>): string {
  return sizesText('LAYER', json);
}

function sizesText(what: string, { Image, AnalyzeType, Analysis }: ContainerAnalysis<readonly SizeEntry[] | null>) {
  const rows = (Analysis ?? []).map(({ Name, Digest, Size }) => [Name, Digest, showSize(Size)]);
  return titled(AnalyzeType, `\nAnalysis for ${Image}:${table([what, 'DIGEST', 'SIZE'], rows)}\n`);
}

/** The text of container-diff for packages of which each is there once. */
export function singlePackagesText({ Image, AnalyzeType, Analysis }: ContainerAnalysis<readonly PackageRow[]>): string {
  return titled(AnalyzeType, `\nPackages found in ${Image}:${table(packageColumns, Analysis.map(cellsOf))}\n`);
}

/** And for those that may be there at several places. */
export function multiPackagesText({ Image, AnalyzeType, Analysis }: ContainerAnalysis<readonly PackageRow[]>): string {
  const rows = Analysis.map((row) => [...cellsOf(row), row.Path ?? '']);
  return titled(AnalyzeType, `\nPackages found in ${Image}:${table([...packageColumns, 'INSTALLATION'], rows)}\n`);
}

/** And for what layers changed of them; the lowest has nothing to be compared with. */
export function packageLayersText({
  AnalyzeType,
  Analysis,
}: ContainerAnalysis<readonly PackageLayer[] | null>): string {
  const layers = (Analysis ?? []).map((layer, at) => `\nFor Layer ${at}:${changesOf(layer, at === 0)}\n`);
  return titled(AnalyzeType, `${layers.join('')}\n`);
}

function changesOf({ Packages1, Packages2, InfoDiff }: PackageLayer, isLowest: boolean): string {
  const infos = InfoDiff ?? [];
  if (Packages1.length + Packages2.length + infos.length === 0) return ' No package changes ';
  const added = `Packages added in this layer:${rows(packageColumns, Packages2.map(cellsOf))}\n`;
  if (isLowest) return `\n${added}`;
  const deleted = `Deleted packages from previous layers:${rows(packageColumns, Packages1.map(cellsOf))}\n\n`;
  const changed = infos.map(({ Package, Info1, Info2 }) => [`-${Package}`, infoText(Info1), infoText(Info2)]);
  // The space is container-diff's own.
  const versions = `\nVersion differences:${table(['PACKAGE', 'PREV_LAYER', 'CURRENT_LAYER '], changed)}`;
  return `\n${deleted}${added}${versions}`;
}

const packageColumns = ['NAME', 'VERSION', 'SIZE'];

function cellsOf({ Name, Version, Size }: PackageRow): string[] {
  return [`-${Name}`, Version, showSize(Size)];
}

function table(columns: readonly string[], cells: readonly (readonly string[])[]): string {
  return cells.length === 0 ? ' None' : `${rows(columns, cells)}\n`;
}

function rows(columns: readonly string[], cells: readonly (readonly string[])[]): string {
  return cells.length === 0 ? ' None' : [columns, ...cells].map((row) => `\n${row.join('\t')}`).join('');
}

function titled(type: string, text: string): string {
  return alignTabs(`\n-----${type}-----\n${text}`);
}
