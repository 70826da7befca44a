import { loadVariations } from '../distributions/load.js';
import type { DiffOptions } from '../filesystem/diff/compare.js';
import { isEngineFile } from '../filesystem/engine-files.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import { type VolatileRule, volatileMatcher, volatileRules } from '../filesystem/volatile.js';
import type { FilePath } from '../model/file-path.js';
import { silent, stage } from '../model/progress.js';
import { readSources } from '../sources/collect.js';
import type { SourceFacts } from '../sources/facts.js';
import { KeptAddresses } from '../sources/kept-addresses.js';
import type { ReadOptions, Source } from '../sources/source.js';
import { type Comparison, comparePair } from './comparison.js';
import { openContents } from './contents.js';
import { mostRewritten, withoutRewritten } from './rewritten.js';

export interface CompareSourcesOptions extends Omit<DiffOptions, 'volatile'>, Omit<ReadOptions, 'hash'> {
  /** Whether what the published rules name counts as all else does. */
  readonly strict?: boolean;
}

/** A comparison with all that it was made from. */
export interface ComparedSources {
  readonly comparison: Comparison;
  readonly trie: FilesystemTrie;
  readonly facts: readonly [SourceFacts, SourceFacts];
}

/** Reads two sources and compares them; one that stands for several filesystems is an error that names them. */
export async function compareSourcePair(
  sources: readonly [Source, Source],
  options: CompareSourcesOptions,
): Promise<ComparedSources> {
  const { progress = silent, signal, normalize = false } = options;
  await using own = normalize && !options.kept ? new KeptAddresses() : undefined;
  const kept = options.kept ?? own;
  const reading = {
    packages: true,
    attributes: true,
    ...(options.packages !== undefined && { packages: options.packages }),
  };
  const context = { progress, ...(signal && { signal }), ...(kept && { kept }) };
  const { trie, facts } = await readSources(sources, { hash: true, ...reading, ...context });
  const [one, other] = sources.map(({ name }) => ({ name, facts: facts.get(name) ?? {} })) as [Known, Known];
  const asked = { ...options, ...(!options.strict && { volatile: await volatileFor([one.facts, other.facts]) }) };
  const comparison = await stage(progress, 'comparing', () => comparePair({ trie, one, other }, asked));
  return {
    comparison: normalize ? await normalized(comparison, sources, context) : comparison,
    trie,
    facts: [one.facts, other.facts],
  };
}

/** What an engine puts into a container that is in no image of it, and writes anew for each. */
const engineRule: VolatileRule = {
  name: 'engine-file',
  paths: ['/**'],
  compare: 'anything',
  reason: 'the engine that runs a container makes it for that container',
};

/** The rule for a path: of engines, the general ones, and those of the distributions that either source has. */
async function volatileFor(facts: readonly SourceFacts[]): Promise<(path: FilePath) => VolatileRule | undefined> {
  const names = facts.flatMap(({ packages = [] }) => packages.map(({ distribution }) => distribution));
  const variations = await loadVariations(names);
  const matching = volatileMatcher([
    ...(await volatileRules()),
    ...variations.flatMap(({ volatile = [] }) => volatile),
  ]);
  // An image has nothing of an engine, and a container or what was exported of it has.
  const isOfEngine = facts.filter(({ image }) => image !== undefined).length === 1;
  return (path) => (isOfEngine && isEngineFile(path) ? engineRule : matching(path));
}

interface Known {
  readonly name: string;
  readonly facts: SourceFacts;
}

async function normalized(
  comparison: Comparison,
  [one, other]: readonly [Source, Source],
  context: Omit<ReadOptions, 'hash'>,
): Promise<Comparison> {
  if (!comparison.files.changes.some(({ verdicts }) => verdicts.includes('content'))) return comparison;
  await using before = await openContents(one, mostRewritten, context);
  await using after = await openContents(other, mostRewritten, context);
  const without = [before, after].flatMap((each, at) => (each.isThere ? [] : [[one, other][at]?.name ?? '']));
  if (without.length > 0) {
    const note = `${without.join(' and ')} cannot tell what is in files: texts are compared as they are`;
    return { ...comparison, notes: [...comparison.notes, note] };
  }
  return { ...comparison, files: await withoutRewritten(comparison.files, before, after, context.signal) };
}
