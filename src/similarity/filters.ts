import { ReproError } from '../errors.js';
import type { Counts, SimilarityMatrix } from './matrix.js';
import type { PackageVectors } from './vectors.js';

/** Which sources are compared. */
export interface SourceFilters {
  /** Only these names. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Only names in which this is found. */
  readonly matching?: RegExp;
}

/** What a filter took away: a table or picture that does not say so is misread. */
export interface Removed {
  readonly what: 'source' | 'package';
  readonly name: string;
  readonly why: string;
}

/** Sources that stay, in their order, and those that do not. A name that there is not is a mistake. */
export function filterSources<Named extends { readonly name: string }>(
  sources: readonly Named[],
  { include, exclude, matching }: SourceFilters,
): { readonly kept: readonly Named[]; readonly removed: readonly Removed[] } {
  const names = new Set(sources.map(({ name }) => name));
  const unknown = [...include, ...exclude].find((name) => !names.has(name));
  if (unknown !== undefined) {
    const remedy = `the names are ${[...names].join(', ')}; NAME=SOURCE gives one`;
    throw new ReproError('usage', `no source is called ${JSON.stringify(unknown)}`, { remedy });
  }
  const reason = (name: string) => {
    if (exclude.includes(name)) return 'excluded';
    if (include.length > 0 && !include.includes(name)) return 'not among those to include';
    return matching && !matching.test(name) ? `${matching.source} is not found in the name` : undefined;
  };
  return {
    kept: sources.filter(({ name }) => reason(name) === undefined),
    removed: sources.flatMap(({ name }) => {
      const why = reason(name);
      return why === undefined ? [] : [{ what: 'source' as const, name, why }];
    }),
  };
}

/** Counts of some sources only. */
export function selectCounts({ names, both }: Counts, kept: readonly number[]): Counts {
  return {
    names: kept.map((at) => names[at] ?? ''),
    both: kept.map((at) => Float64Array.from(kept, (other) => both[at]?.[other] ?? 0)),
  };
}

/** Rows whose scores with the others, both ways, are `least` or more on average; those of others are nearly all zero. */
export function dropSparse(
  { data, X, Y }: SimilarityMatrix,
  least: number,
): { readonly matrix: SimilarityMatrix; readonly removed: readonly Removed[] } {
  const averages = data.map((row, at) => {
    const scores = row.flatMap((score, other) => (other === at ? [] : [score, data[other]?.[at] ?? 0]));
    return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
  });
  const kept = [...data.keys()].filter((at) => (averages[at] ?? 0) >= least);
  const pick = <Item>(items: readonly Item[]) => kept.map((at) => items[at] as Item);
  return {
    matrix: { data: pick(data).map(pick), X: pick(X), Y: pick(Y) },
    removed: averages.flatMap((average, at) =>
      average >= least
        ? []
        : [
            {
              what: 'source',
              name: Y[at] ?? '',
              why: `scores below ${least} on average`,
            },
          ],
    ),
  };
}

/** Packages that `least` sources have or more, and whose text matches. */
export function dropPackages(
  { data, X, Y }: PackageVectors,
  { least = 1, matching }: { readonly least?: number; readonly matching?: RegExp },
): { readonly vectors: PackageVectors; readonly removed: readonly Removed[] } {
  const reasons = X.map((name, column) => {
    if (matching && !matching.test(name)) return `${matching.source} is not found in the name`;
    const having = data.reduce((sum, row) => sum + (row[column] ?? 0), 0);
    return having < least ? `in fewer than ${least} sources` : undefined;
  });
  const kept = [...X.keys()].filter((column) => reasons[column] === undefined);
  return {
    vectors: { data: data.map((row) => kept.map((at) => row[at] ?? 0)), X: kept.map((at) => X[at] ?? ''), Y },
    removed: reasons.flatMap((why, at) => (why === undefined ? [] : [{ what: 'package', name: X[at] ?? '', why }])),
  };
}

/** `What was removed here?` */
export function removedText(removed: readonly Removed[]): string {
  const groups = new Map<string, Removed[]>();
  for (const each of removed) {
    const key = `${each.what} ${each.why}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map(lineOf).join('\n');
}

function lineOf(removed: readonly Removed[]): string {
  const [{ what, why } = { what: '', why: '' }] = removed;
  const number = removed.length === 1 ? `a ${what}` : `${removed.length} ${what}s`;
  return `Left out ${number} (${why}): ${shortList(removed.map(({ name }) => name))}`;
}

const mostNamed = 8;

function shortList(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return more > 0 ? `${names.slice(0, mostNamed).join(', ')} and ${more} more` : names.join(', ');
}

export function patternOf(flag: string, text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw new ReproError('usage', `${flag} ${JSON.stringify(text)} is no regular expression`, {
      remedy: 'escape what stands for itself with a backslash',
      cause: error,
    });
  }
}
