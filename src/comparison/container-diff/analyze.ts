import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { ManifestDigests } from '../../machines/images/stored-image.js';
import type { SourceFacts } from '../../sources/facts.js';
import {
  type ContainerAnalysis,
  fileAnalysisText,
  layerAnalysisText,
  layerSizeAnalysisText,
  listAnalysisText,
  multiPackagesText,
  packageLayersText,
  singlePackagesText,
  sizeAnalysisText,
} from './analysis-format.js';
import { filesList, wholeSizeList } from './files.js';
import { historyLines } from './history.js';
import { type Analyzer, type LayeredAnalyzer, type PackageAnalyzer, packageKinds, titles } from './kinds.js';
import { layerFiles, layerSizeList } from './layers.js';
import { metadataLines } from './metadata.js';
import { packageLayers } from './package-layers.js';
import { hasNothing, type Listed, packagesList, rowsOf } from './packages.js';
import type { LayersRead } from './read.js';

/** One source of a trie with what it tells beside its entries. */
export interface AnalysisInput {
  readonly trie: FilesystemTrie;
  readonly name: string;
  readonly facts: SourceFacts;
  /** What its databases list, where it has contents. */
  readonly listed?: Listed | undefined;
  /** Where an analyzer looks at them. */
  readonly layers?: LayersRead | undefined;
  /** Where an analyzer tells digests, and they are known. */
  readonly manifest?: ManifestDigests | undefined;
}

interface Result {
  readonly json: ContainerAnalysis;
  readonly text: string;
}

const analyses = {
  file: analysis('file', ({ trie, name }) => filesList(trie, name), fileAnalysisText),
  layer: analysis('layer', ({ layers }) => layerFiles(layers?.layers ?? []), layerAnalysisText),
  apt: packages('apt'),
  aptlayer: layered('aptlayer'),
  rpm: packages('rpm'),
  rpmlayer: layered('rpmlayer'),
  pip: packages('pip'),
  node: packages('node'),
  emerge: packages('emerge'),
  history: analysis('history', ({ facts }) => historyLines(facts), listAnalysisText),
  metadata: analysis('metadata', ({ facts }) => metadataLines(facts), listAnalysisText),
  size: analysis('size', ({ trie, name, manifest }) => wholeSizeList(trie, name, manifest?.digest), sizeAnalysisText),
  sizelayer: analysis(
    'sizelayer',
    ({ layers, manifest }) => layerSizeList(layers?.layers ?? [], manifest?.layers),
    layerSizeAnalysisText,
  ),
} as const satisfies Record<Analyzer, unknown>;

export interface ContainerAnalysisResult {
  readonly json: readonly ContainerAnalysis[];
  readonly text: string;
}

/**
 * Says of one source what `container-diff analyze --type=...` of its last version does, in the order of the analyzers'
 * titles. https://github.com/GoogleContainerTools/container-diff
 */
export function containerAnalysis(input: AnalysisInput, wanted: readonly Analyzer[]): ContainerAnalysisResult {
  const possible = [...new Set(wanted)].filter((analyzer) => !hasNothing(analyzer, input.listed));
  const results = possible.map((analyzer) => analyses[analyzer](input));
  results.sort((a, b) => (a.json.AnalyzeType < b.json.AnalyzeType ? -1 : 1));
  return { json: results.map(({ json }) => json), text: results.map(({ text }) => text).join('') };
}

function analysis<Analysis>(
  analyzer: Analyzer,
  analyze: (input: AnalysisInput) => Analysis,
  format: (json: ContainerAnalysis<Analysis>) => string,
): (input: AnalysisInput) => Result {
  return (input) => {
    const json = { Image: input.name, AnalyzeType: titles[analyzer], Analysis: analyze(input) };
    return { json, text: format(json) };
  };
}

function packages(analyzer: PackageAnalyzer): (input: AnalysisInput) => Result {
  const { isMulti } = packageKinds[analyzer];
  const analyze = ({ facts, listed }: AnalysisInput) => packagesList(rowsOf(analyzer, facts, listed), isMulti);
  return analysis(analyzer, analyze, isMulti ? multiPackagesText : singlePackagesText);
}

function layered(analyzer: LayeredAnalyzer): (input: AnalysisInput) => Result {
  return analysis(analyzer, ({ layers }) => packageLayers(layers?.packages[analyzer] ?? []), packageLayersText);
}
