import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { SourceFacts } from '../../sources/facts.js';
import { filesDiff } from './files.js';
import {
  type ContainerDiff,
  filesText,
  historyText,
  layerSizesText,
  layersText,
  metadataText,
  packagesText,
  sizeText,
} from './format.js';
import { type Layers, layerFilesDiffs, layerSizes, wholeSizes } from './layers.js';
import { metadataLines } from './metadata.js';
import { type PackageAnalyzer, packageKinds, packagesDiff } from './packages.js';
import { linesDiff } from './sequences.js';

/** Two sources of a trie with what they tell beside their entries. */
export interface ContainerDiffInput {
  readonly trie: FilesystemTrie;
  readonly one: string;
  readonly other: string;
  readonly facts: readonly [SourceFacts, SourceFacts];
  /** Where one of `layerAnalyzers` is wanted. */
  readonly layers?: readonly [Layers, Layers];
}

interface Analysis {
  readonly json: ContainerDiff;
  readonly text: string;
}

const analyses = {
  file: analysis('File', ({ trie, one, other }) => filesDiff(trie, one, other), filesText),
  layer: analysis('FileLayer', ({ layers = [[], []] }) => layerFilesDiffs(...layers), layersText),
  apt: packages(packageKinds.apt),
  rpm: packages(packageKinds.rpm),
  pip: packages(packageKinds.pip),
  node: packages(packageKinds.node),
  history: analysis('History', ({ facts }) => linesDiff(historyLines(facts[0]), historyLines(facts[1])), historyText),
  metadata: analysis(
    'Metadata',
    ({ facts }) => linesDiff(metadataLines(facts[0]), metadataLines(facts[1])),
    metadataText,
  ),
  size: analysis('Size', ({ trie, one, other }) => wholeSizes(trie, one, other), sizeText),
  sizelayer: analysis('SizeLayer', ({ layers = [[], []] }) => layerSizes(...layers), layerSizesText),
} as const;

export type Analyzer = keyof typeof analyses;

/** What container-diff can be asked to compare, by its own names. */
export const analyzers = Object.keys(analyses) as readonly Analyzer[];

/** Those that look at packages. */
export const packageAnalyzers: readonly Analyzer[] = ['apt', 'rpm', 'pip', 'node'];

/** Those that look at the layers of images. */
export const layerAnalyzers: readonly Analyzer[] = ['layer', 'sizelayer'];

/** A comparison as container-diff makes it, for programs that read its JSON and its text. */
export interface ContainerDiffResult {
  readonly json: readonly ContainerDiff[];
  readonly text: string;
}

/**
 * Compares as `container-diff diff --type=...` of its last version does, in the order of the analyzers' titles.
 * https://github.com/GoogleContainerTools/container-diff
 */
export function containerDiff(input: ContainerDiffInput, wanted: readonly Analyzer[]): ContainerDiffResult {
  const results = [...new Set(wanted)].map((analyzer) => analyses[analyzer](input));
  results.sort((a, b) => (a.json.DiffType < b.json.DiffType ? -1 : 1));
  return { json: results.map(({ json }) => json), text: results.map(({ text }) => text).join('') };
}

function analysis<Diff>(
  DiffType: string,
  compare: (input: ContainerDiffInput) => Diff,
  format: (json: ContainerDiff<Diff>) => string,
): (input: ContainerDiffInput) => Analysis {
  return (input) => {
    const json = { Image1: input.one, Image2: input.other, DiffType, Diff: compare(input) };
    return { json, text: format(json) };
  };
}

function packages(kind: PackageAnalyzer): (input: ContainerDiffInput) => Analysis {
  const compare = ({ facts: [one, other] }: ContainerDiffInput) =>
    packagesDiff(one.packages ?? [], other.packages ?? [], kind);
  return analysis(kind.title, compare, packagesText);
}

function historyLines({ image }: SourceFacts): string[] {
  return (image?.history ?? []).map(({ createdBy = '' }) => createdBy.trim());
}
