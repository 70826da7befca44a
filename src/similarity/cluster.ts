/** A tree of environments: what is most alike is joined first, and stands next to each other. */
export type Cluster = Leaf | Join;

export interface Leaf {
  /** Row of the matrix. */
  readonly leaf: number;
}

export interface Join {
  readonly parts: readonly [Cluster, Cluster];
  /** The average score of the pairs between the two parts. */
  readonly score: number;
  readonly size: number;
}

/**
 * Average linkage (UPGMA), by chains of nearest neighbours: as many steps as there are pairs. Of scores that are not the
 * same both ways, the average counts. Undefined of an empty matrix.
 */
export function clusterByAverage(data: readonly (readonly number[])[]): Cluster | undefined {
  const scores = data.map((row, one) =>
    Float64Array.from(row, (score, other) => (score + (data[other]?.[one] ?? 0)) / 2),
  );
  const clusters = new Map<number, Cluster>(data.map((_, leaf) => [leaf, { leaf }]));
  const chain: number[] = [];
  const scoreOf = (one: number, other: number) => scores[one]?.[other] ?? 0;
  while (clusters.size > 1) {
    const at = chain.at(-1) ?? first(clusters.keys());
    if (chain.length === 0) chain.push(at);
    const nearest = nearestTo(at, chain.at(-2), clusters.keys(), scoreOf);
    if (nearest !== chain.at(-2)) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    const [one, other] = [Math.min(at, nearest), Math.max(at, nearest)];
    const parts = [clusters.get(one), clusters.get(other)] as [Cluster, Cluster];
    const [before, after] = parts.map(sizeOf) as [number, number];
    const score = scoreOf(one, other);
    clusters.delete(other);
    clusters.set(one, { parts, score, size: before + after });
    for (const each of clusters.keys()) {
      if (each === one) continue;
      const joined = (scoreOf(one, each) * before + scoreOf(other, each) * after) / (before + after);
      (scores[one] as Float64Array)[each] = joined;
      (scores[each] as Float64Array)[one] = joined;
    }
  }
  return clusters.values().next().value;
}

/** The rows of the matrix as they stand in the tree. */
export function leavesOf(cluster: Cluster): number[] {
  return 'leaf' in cluster ? [cluster.leaf] : cluster.parts.flatMap(leavesOf);
}

/** The same tree over rows that stand as they do in it. */
export function inLeafOrder(cluster: Cluster): Cluster {
  let row = 0;
  const renumbered = (part: Cluster): Cluster => {
    if ('leaf' in part) return { leaf: row++ };
    const [one, other] = part.parts;
    return { ...part, parts: [renumbered(one), renumbered(other)] };
  };
  return renumbered(cluster);
}

/** Groups whose members were joined at `score` or above. */
export function cutAt(cluster: Cluster, score: number): number[][] {
  if ('leaf' in cluster || cluster.score >= score) return [leavesOf(cluster)];
  return cluster.parts.flatMap((part) => cutAt(part, score));
}

/**
 * How truly the tree tells the scores: Pearson's r of the score of each pair and the score at which the tree joins them.
 * Undefined where all scores are the same on one side.
 */
export function copheneticCorrelation(cluster: Cluster, data: readonly (readonly number[])[]): number | undefined {
  const points: (readonly [score: number, joined: number])[] = [];
  for (const { parts, score } of joinsOf(cluster)) {
    const [before, after] = parts.map(leavesOf) as [number[], number[]];
    for (const one of before) {
      for (const other of after) points.push([((data[one]?.[other] ?? 0) + (data[other]?.[one] ?? 0)) / 2, score]);
    }
  }
  let [sumX, sumY] = [0, 0];
  for (const [x, y] of points) [sumX, sumY] = [sumX + x, sumY + y];
  const [meanX, meanY] = [sumX / points.length, sumY / points.length];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}

function joinsOf(cluster: Cluster): Join[] {
  return 'leaf' in cluster ? [] : [cluster, ...cluster.parts.flatMap(joinsOf)];
}

function sizeOf(cluster: Cluster): number {
  return 'leaf' in cluster ? 1 : cluster.size;
}

/** Of equals the one that the chain comes from, so that the chain ends, and else the first. */
function nearestTo(
  at: number,
  from: number | undefined,
  others: Iterable<number>,
  scoreOf: (one: number, other: number) => number,
): number {
  let nearest = from ?? -1;
  for (const other of others) {
    if (other !== at && (nearest === -1 || scoreOf(at, other) > scoreOf(at, nearest))) nearest = other;
  }
  return nearest;
}

function first(keys: Iterable<number>): number {
  for (const key of keys) return key;
  return 0;
}
