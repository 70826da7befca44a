import { showBytes } from '../model/sizes.js';
import { type Cluster, leavesOf } from './cluster.js';
import type { Similarity } from './compare.js';
import { isPackageLevel, type Weighting } from './levels.js';
import type { SimilarityMatrix } from './matrix.js';

/** A similarity as a few lines for people. */
export function formatSimilarity(similarity: Similarity, weighting: Weighting): string {
  const { tags, total, same, diff, score, one, other, both, metrics, level } = similarity;
  const weight = (value: number) => (weighting === 'bytes' ? showBytes(value) : showNumber(value));
  const packages = weighting === 'count' ? 'packages' : 'of packages';
  const all = isPackageLevel(level) ? `${weight(total)} ${packages}` : `${total} places`;
  const [inAll, notInAll] = isPackageLevel(level) ? [weight(same), weight(diff)] : [same, diff];
  const lines = [`${all} in ${tags.join(', ')}: ${inAll} in all, ${notInAll} not (score ${showScore(score)})`];
  if (tags.length === 2) {
    const what = similarity.model === 'documents' ? ' words' : '';
    lines.push(`${tags[0]} has ${weight(one)}${what}, ${tags[1]} ${weight(other)}; ${weight(both)} are the same`);
    lines.push(
      Object.entries(metrics)
        .map(([name, value]) => `${name} ${showScore(value)}`)
        .join(', '),
    );
  }
  return lines.join('\n');
}

/** A dendrogram as text: the most alike are joined at the highest score. */
export function formatCluster(cluster: Cluster, names: readonly string[]): string {
  return linesOf(cluster, names).join('\n');
}

function linesOf(cluster: Cluster, names: readonly string[]): string[] {
  if ('leaf' in cluster) return [names[cluster.leaf] ?? ''];
  const [first, last] = cluster.parts.map((part) => linesOf(part, names)) as [string[], string[]];
  const inner = (lines: readonly string[], head: string, rest: string) =>
    lines.map((line, at) => `${at === 0 ? head : rest}${line}`);
  return [showScore(cluster.score), ...inner(first, '├─ ', '│  '), ...inner(last, '└─ ', '   ')];
}

/** Rows and columns in the order of the tree, where there is one. */
export function orderedBy(matrix: SimilarityMatrix, cluster: Cluster | undefined): SimilarityMatrix {
  if (!cluster) return matrix;
  const order = leavesOf(cluster);
  const names = order.map((at) => matrix.X[at] ?? '');
  const data = order.map((one) => order.map((other) => matrix.data[one]?.[other] ?? 0));
  return { data, X: names, Y: names };
}

/** As RFC 4180 has it, with all digits. */
export function matrixCsv({ data, X, Y }: SimilarityMatrix): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = data.map((row, at) => [cell(Y[at] ?? ''), ...row].join(','));
  return [['', ...X.map(cell)].join(','), ...rows].join('\n');
}

export function showScore(score: number): string {
  return score.toFixed(4);
}

function showNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
