import { ReproError } from '../../errors.js';
import { readSources } from '../../sources/collect.js';
import { KeptAddresses } from '../../sources/kept-addresses.js';
import type { ReadOptions, Source } from '../../sources/source.js';
import { compareSourcePair } from '../compare-sources.js';
import { isEqual } from '../comparison.js';
import { readLayers } from '../layers.js';
import { type ContainerAnalysisResult, containerAnalysis } from './analyze.js';
import { type ContainerDiffResult, containerDiff } from './diff.js';
import {
  type Analyzer,
  type DiffAnalyzer,
  isLayeredAnalyzer,
  isPackageAnalyzer,
  looksAtLayers,
  tellsDigests,
} from './kinds.js';
import { listPackages, readLayered, readManifest } from './read.js';

type Context = Pick<ReadOptions, 'progress' | 'signal' | 'platform'>;

/** Reads two sources and compares them as container-diff does. */
export async function diffAsContainerDiff(
  sources: readonly [Source, Source],
  wanted: readonly Analyzer[],
  options: Context,
): Promise<ContainerDiffResult & { readonly isEqual: boolean }> {
  await using kept = new KeptAddresses();
  const context = { ...options, kept };
  const layered = wanted.find(isLayeredAnalyzer);
  if (layered !== undefined) throw noPackagesOfLayers(layered);
  const types = wanted as readonly DiffAnalyzer[];
  const layers = types.some(looksAtLayers) ? await readLayers(sources, context) : undefined;
  const { comparison, trie, facts } = await compareSourcePair(sources, { packages: false, ...context });
  const packages = types.filter(isPackageAnalyzer);
  const list = async (at: 0 | 1) =>
    listPackages(sources[at], { trie, environment: facts[at].environment }, packages, context);
  const listed = [await list(0), await list(1)] as const;
  const [one, other] = [sources[0].name, sources[1].name];
  const result = containerDiff({ trie, one, other, facts, listed, ...(layers && { layers }) }, types);
  if (result.json.length === 0) throw nothingThere(types, [one, other]);
  return { ...result, isEqual: isEqual(comparison, true) };
}

/** Reads one source and says of it what container-diff does. */
export async function analyzeAsContainerDiff(
  source: Source,
  types: readonly Analyzer[],
  options: Context,
): Promise<ContainerAnalysisResult> {
  await using kept = new KeptAddresses();
  const context = { ...options, kept };
  const layers = types.some(looksAtLayers)
    ? await readLayered(source, types.filter(isLayeredAnalyzer), context)
    : undefined;
  const { trie, facts: told } = await readSources([source], { hash: false, packages: false, ...context });
  const facts = told.get(source.name) ?? {};
  const { environment } = facts;
  const listed = await listPackages(source, { trie, environment }, types.filter(isPackageAnalyzer), context);
  const manifest = types.some(tellsDigests) ? await readManifest(source, context) : undefined;
  const result = containerAnalysis({ trie, name: source.name, facts, listed, layers, manifest }, types);
  if (result.json.length === 0) throw nothingThere(types, [source.name]);
  return result;
}

function noPackagesOfLayers(type: string): ReproError {
  return new ReproError('usage', `container-diff does not compare what ${type} lists, since layers have no equals`, {
    remedy: `see what each layer of an image changed: reproman snapshot SOURCE --format container-diff --type ${type}`,
  });
}

function nothingThere(types: readonly string[], names: readonly string[]): ReproError {
  return new ReproError('usage', `there is nothing that ${types.join(' and ')} could look at`, {
    where: names.join(' and '),
    remedy: 'ask for the package manager that it has with --type',
  });
}
