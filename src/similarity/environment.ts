import { comparePaths } from '../model/file-path.js';

type Variables = Readonly<Record<string, string>>;

/** A variable that two environments both have, with other values. */
export interface ChangedVariable {
  readonly name: string;
  readonly one: string;
  readonly other: string;
  /** From 0 to 1: of lists what they have in common in the same order, 2 x that by both lengths; of all else 0. */
  readonly score: number;
  /** Of a list of folders, such as PATH. */
  readonly list?: {
    readonly onlyOne: readonly string[];
    readonly onlyOther: readonly string[];
    /** What both have stands in another order: another program may be found first. */
    readonly reordered: boolean;
  };
}

/** Environment variables of two environments. */
export interface VariableComparison {
  readonly same: readonly string[];
  readonly changed: readonly ChangedVariable[];
  readonly onlyOne: readonly string[];
  readonly onlyOther: readonly string[];
  /** 2 x what they have in common by all that both have; 0 of nothing. */
  readonly score: number;
}

export function compareVariables(one: Variables, other: Variables): VariableComparison {
  const names = (of: Variables) => Object.keys(of).sort(comparePaths);
  const has = (of: Variables, name: string) => Object.hasOwn(of, name);
  const both = names(one).filter((name) => has(other, name));
  const same = both.filter((name) => one[name] === other[name]);
  const changed = both
    .filter((name) => one[name] !== other[name])
    .map((name) => changeOf(name, one[name] ?? '', other[name] ?? ''));
  const all = names(one).length + names(other).length;
  const shared = same.length + changed.reduce((sum, { score }) => sum + score, 0);
  return {
    same,
    changed,
    onlyOne: names(one).filter((name) => !has(other, name)),
    onlyOther: names(other).filter((name) => !has(one, name)),
    score: all === 0 ? 0 : (2 * shared) / all,
  };
}

function changeOf(name: string, one: string, other: string): ChangedVariable {
  const change = { name, one, other };
  if (!isList(name, one, other)) return { ...change, score: 0 };
  const [a, b] = [partsOf(one), partsOf(other)];
  const [inA, inB] = [new Set(a), new Set(b)];
  const inOrder = longestCommon(a, b);
  const shared = a.filter((part) => inB.has(part)).join('\0');
  return {
    ...change,
    score: a.length + b.length === 0 ? 0 : (2 * inOrder) / (a.length + b.length),
    list: {
      onlyOne: a.filter((part) => !inB.has(part)),
      onlyOther: b.filter((part) => !inA.has(part)),
      reordered: shared !== b.filter((part) => inA.has(part)).join('\0'),
    },
  };
}

/** Lists of folders by their names, and whatever else consists of absolute paths. */
function isList(name: string, ...values: readonly string[]): boolean {
  if (/^(?:.*_)?(?:\w*PATH|R_LIBS\w*|PERL5?LIB|XDG_\w+_DIRS)$/.test(name)) return true;
  return values.every((value) => value.split(':').every((part) => part.startsWith('/'))) && values.some(hasSeveral);
}

function hasSeveral(value: string): boolean {
  return value.includes(':');
}

/** A folder that is named again is not looked into again. */
function partsOf(value: string): string[] {
  return [...new Set(value.split(':').filter((part) => part !== ''))];
}

/** How much of two lists is in both in the same order. */
function longestCommon(one: readonly string[], other: readonly string[]): number {
  let row = new Array<number>(other.length + 1).fill(0);
  for (const a of one) {
    const next = [0];
    for (const [at, b] of other.entries()) {
      next.push(a === b ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
