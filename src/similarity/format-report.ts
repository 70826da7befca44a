import { showBytes } from '../model/sizes.js';
import type { VariableComparison } from './environment.js';
import { formatSimilarity, showScore } from './format.js';
import type { Weighting } from './levels.js';
import type { MoveScores } from './moves.js';
import type { SimilarityReport } from './report.js';
import type { RunComparison } from './runs/compare-runs.js';
import type { SubtreeComparison } from './subtrees.js';
import type { PackageComparison } from './versions.js';

const mostListed = 20;

/** All that is known of what two environments have in common, as lines for people. */
export function formatReport(report: SimilarityReport, weighting: Weighting): string {
  const { moves, packages, variables, tags } = report;
  return [
    formatSimilarity(report, weighting),
    ...(moves ? linesOfMoves(moves) : []),
    ...(packages ? linesOfPackages(packages, tags) : []),
    ...(variables ? linesOfVariables(variables, tags) : []),
  ].join('\n');
}

export function formatRuns({ structure, function: outcome, resources, blend }: RunComparison): string {
  const { files, programs, processes } = structure;
  const { outputs, exit, score } = outcome;
  const parts = `files ${showScore(files)}, programs ${showScore(programs)}, processes ${showScore(processes)}`;
  const came =
    score === undefined
      ? 'not known'
      : `${showScore(score)} (${outputs.both} outputs the same, of ${outputs.one} and ${outputs.other})`;
  return [
    `structure ${showScore(structure.score)} (${parts})`,
    `function ${came}; exit code ${exit.one.join(', ')} and ${exit.other.join(', ')}`,
    ...(blend
      ? [`blend ${showScore(blend.score)} (${blend.weight} of structure, ${1 - blend.weight} of function)`]
      : []),
    `resources ${linesOfResources(resources)}`,
  ].join('\n');
}

export function formatSubtrees(comparison: SubtreeComparison): string {
  const { one, other, paths, same, aligned, score, scoreAligned, renamed } = comparison;
  return [
    `${one.source} ${one.path} has ${one.entries} entries, ${other.source} ${other.path} ${other.entries}`,
    `${same} are the same (score ${showScore(score)}), ${aligned} more by a similar name (score ${showScore(scoreAligned)})`,
    `the paths themselves are alike by ${showScore(paths)}`,
    ...shortened(renamed, ({ from, to, similarity }) => `  ${from} ~ ${to}  ${showScore(similarity)}`),
  ].join('\n');
}

function linesOfMoves({ score_path, score_content, score_moved_weighted, moved, largest }: MoveScores): string[] {
  const scores = `by path ${showScore(score_path)}, by content ${showScore(score_content)}, by content and distance ${showScore(score_moved_weighted)}`;
  return [
    `of the bytes: ${scores}`,
    ...(moved.files === 0 ? [] : [`${moved.files} files (${showBytes(moved.bytes)}) have the same content elsewhere:`]),
    ...largest.map(({ from, to, size, distance }) => `  ${from} → ${to}  ${showBytes(size)}, ${distance} steps`),
    ...(moved.files > largest.length ? [`  and ${moved.files - largest.length} more`] : []),
  ];
}

function linesOfPackages(packages: PackageComparison, tags: readonly string[]): string[] {
  const { both, sameVersion, upgraded, downgraded, other, onlyOne, onlyOther, score, scoreByVersion } = packages;
  const versions = [
    `${sameVersion} of the same version`,
    ...(upgraded > 0 ? [`${upgraded} upgraded`] : []),
    ...(downgraded > 0 ? [`${downgraded} downgraded`] : []),
    ...(other > 0 ? [`${other} of other versions`] : []),
  ];
  return [
    `packages: ${both} in both (${versions.join(', ')}), ${onlyOne} only in ${tags[0]}, ${onlyOther} only in ${tags[1]}`,
    `score ${showScore(score)}, by version ${showScore(scoreByVersion)}`,
    ...shortened(
      packages.changed,
      ({ distribution, name, from, to, change }) =>
        `  ${distribution} ${name}  ${from.join(', ')} → ${to.join(', ')}${change === 'other' ? '' : `  ${change}`}`,
    ),
  ];
}

function linesOfVariables(
  { same, changed, onlyOne, onlyOther, score }: VariableComparison,
  tags: readonly string[],
): string[] {
  const only = (names: readonly string[], tag: string | undefined) =>
    names.length === 0 ? [] : [`  only in ${tag}: ${names.join(', ')}`];
  return [
    `variables: ${same.length} the same, ${changed.length} other (score ${showScore(score)})`,
    ...changed.map(({ name, one, other, list }) => {
      if (!list) return `  ${name}: ${one} → ${other}`;
      const parts = [...list.onlyOne.map((part) => `-${part}`), ...list.onlyOther.map((part) => `+${part}`)];
      return `  ${name}: ${[...parts, ...(list.reordered ? ['what both have is in another order'] : [])].join(' ')}`;
    }),
    ...only(onlyOne, tags[0]),
    ...only(onlyOther, tags[1]),
  ];
}

function linesOfResources({ cpu, peak, read, written, time, processes }: RunComparison['resources']): string {
  const seconds = (value: number) => `${value.toFixed(3)} s`;
  return [
    ...(cpu ? [`CPU ${seconds(cpu.one)} and ${seconds(cpu.other)}`] : []),
    ...(peak ? [`memory ${showBytes(peak.one)} and ${showBytes(peak.other)}`] : []),
    ...(read ? [`read ${showBytes(read.one)} and ${showBytes(read.other)}`] : []),
    ...(written ? [`written ${showBytes(written.one)} and ${showBytes(written.other)}`] : []),
    `time ${seconds(time.one)} and ${seconds(time.other)}`,
    `processes ${processes.one} and ${processes.other}`,
  ].join('; ');
}

function shortened<Item>(items: readonly Item[], line: (item: Item) => string): string[] {
  const more = items.length - mostListed;
  return [...items.slice(0, mostListed).map(line), ...(more > 0 ? [`  and ${more} more`] : [])];
}
