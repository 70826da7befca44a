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
import { historyLines } from './history.js';
import { type DiffAnalyzer, type PackageAnalyzer, packageKinds, titles } from './kinds.js';
import { type Layers, layerFilesDiffs, layerSizes, wholeSizes } from './layers.js';
import { metadataLines } from './metadata.js';
import { hasNothing, type Listed, packagesDiff, rowsOf } from './packages.js';
import { linesDiff } from './sequences.js';

/** Two sources of a trie with what they tell beside their entries. */
export interface ContainerDiffInput {
  readonly trie: FilesystemTrie;
  readonly one: string;
  readonly other: string;
  readonly facts: readonly [SourceFacts, SourceFacts];
  /** What the databases of each list, where it has contents. */
  readonly listed?: readonly [Listed | undefined, Listed | undefined];
  /** Where an analyzer looks at them. */
  readonly layers?: readonly [Layers, Layers];
}

interface Result {
  readonly json: ContainerDiff;
  readonly text: string;
}

const diffs = {
  file: diff('file', ({ trie, one, other }) => filesDiff(trie, one, other), filesText),
  layer: diff('layer', ({ layers = [[], []] }) => layerFilesDiffs(...layers), layersText),
  apt: packages('apt'),
  rpm: packages('rpm'),
  pip: packages('pip'),
  node: packages('node'),
  emerge: packages('emerge'),
  history: diff('history', ({ facts }) => linesDiff(historyLines(facts[0]), historyLines(facts[1])), historyText),
  metadata: diff('metadata', ({ facts }) => linesDiff(metadataLines(facts[0]), metadataLines(facts[1])), metadataText),
  size: diff('size', ({ trie, one, other }) => wholeSizes(trie, one, other), sizeText),
  sizelayer: diff('sizelayer', ({ layers = [[], []] }) => layerSizes(...layers), layerSizesText),
} as const satisfies Record<DiffAnalyzer, unknown>;

/** A comparison as container-diff makes it, for programs that read its JSON and its text. */
export interface ContainerDiffResult {
  readonly json: readonly ContainerDiff[];
  readonly text: string;
}

/**
 * Compares as `container-diff diff --type=...` of its last version does, in the order of the analyzers' titles.
 * https://github.com/GoogleContainerTools/container-diff
 */
export function containerDiff(input: ContainerDiffInput, wanted: readonly DiffAnalyzer[]): ContainerDiffResult {
  const { listed = [] } = input;
  const possible = [...new Set(wanted)].filter((analyzer) => !listed.some((each) => hasNothing(analyzer, each)));
  const results = possible.map((analyzer) => diffs[analyzer](input));
  results.sort((a, b) => (a.json.DiffType < b.json.DiffType ? -1 : 1));
  return { json: results.map(({ json }) => json), text: results.map(({ text }) => text).join('') };
}

function diff<Diff>(
  analyzer: DiffAnalyzer,
  compare: (input: ContainerDiffInput) => Diff,
  format: (json: ContainerDiff<Diff>) => string,
): (input: ContainerDiffInput) => Result {
  return (input) => {
    const json = { Image1: input.one, Image2: input.other, DiffType: titles[analyzer], Diff: compare(input) };
    return { json, text: format(json) };
  };
}

function packages(analyzer: PackageAnalyzer): (input: ContainerDiffInput) => Result {
  const { isMulti } = packageKinds[analyzer];
  const compare = ({ facts: [one, other], listed = [undefined, undefined] }: ContainerDiffInput) =>
    packagesDiff(rowsOf(analyzer, one, listed[0]), rowsOf(analyzer, other, listed[1]), isMulti);
  return diff(analyzer, compare, packagesText);
}
