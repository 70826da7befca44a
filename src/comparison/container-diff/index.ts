import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { SourceFacts } from '../../sources/facts.js';
import { filesDiff, wholeSize } from './files.js';
import { type ContainerDiff, filesText, historyText, type LinesDiff, packagesText, sizeText } from './format.js';
import { packageAnalyzers, packagesDiff } from './packages.js';

/** What container-diff can be asked to compare, by its own names. */
export const analyzers = ['file', 'apt', 'rpm', 'pip', 'node', 'history', 'size'] as const;

export type Analyzer = (typeof analyzers)[number];

/** Two sources of a trie with what they tell beside their entries. */
export interface ContainerDiffInput {
  readonly trie: FilesystemTrie;
  readonly one: string;
  readonly other: string;
  readonly facts: readonly [SourceFacts, SourceFacts];
}

/** A comparison as container-diff makes it, for programs that read its JSON and its text. */
export interface ContainerDiffResult {
  readonly json: readonly ContainerDiff[];
  readonly text: string;
}

/**
 * Compares as `container-diff diff --type=...` does, in the order of the analyzers' names.
 * https://github.com/GoogleContainerTools/container-diff
 */
export function containerDiff(input: ContainerDiffInput, wanted: readonly Analyzer[]): ContainerDiffResult {
  const results = [...new Set(wanted)].map((analyzer) => analyze(input, analyzer));
  results.sort((a, b) => (a.json.DiffType < b.json.DiffType ? -1 : 1));
  return { json: results.map(({ json }) => json), text: results.map(({ text }) => text).join('') };
}

function analyze(
  input: ContainerDiffInput,
  analyzer: Analyzer,
): { readonly json: ContainerDiff; readonly text: string } {
  const { trie, one, other, facts } = input;
  const as = <Diff>(DiffType: string, Diff: Diff): ContainerDiff<Diff> => ({
    Image1: one,
    Image2: other,
    DiffType,
    Diff,
  });
  switch (analyzer) {
    case 'file': {
      const json = as('File', filesDiff(trie, one, other));
      return { json, text: filesText(json) };
    }
    case 'history': {
      const json = as('History', historyDiff(facts));
      return { json, text: historyText(json) };
    }
    case 'size': {
      const [Size1, Size2] = wholeSize(trie, one, other);
      const json = as('Size', Size1 === Size2 ? [] : [{ Name: '', Size1, Size2 }]);
      return { json, text: sizeText(json) };
    }
    default: {
      const kind = packageAnalyzers[analyzer];
      const json = as(kind.title, packagesDiff(facts[0].packages ?? [], facts[1].packages ?? [], kind));
      return { json, text: packagesText(json) };
    }
  }
}

/** `Adds` are lines of the second image that the first has not. */
function historyDiff([one, other]: readonly [SourceFacts, SourceFacts]): LinesDiff {
  const lines = ({ image }: SourceFacts) => (image?.history ?? []).map(({ createdBy = '' }) => createdBy.trim());
  const [before, after] = [lines(one), lines(other)];
  return {
    Adds: after.filter((line) => !before.includes(line)),
    Dels: before.filter((line) => !after.includes(line)),
  };
}
