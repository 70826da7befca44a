import { compareVersions } from './versions.js';

/** One bound of a range, on a version with all its parts. */
interface Bound {
  readonly operator: '>=' | '<' | '>' | '<=' | '=';
  readonly version: string;
}

/**
 * Whether a version is in a range: https://github.com/npm/node-semver#ranges. Undefined where the text is no range: what
 * a tag such as `latest` means only the registry knows.
 */
export function isInRange(version: string, range: string): boolean | undefined {
  const alternatives = range.split('||').map((text) => boundsOf(text.trim()));
  if (alternatives.some((bounds) => bounds === undefined)) return undefined;
  return alternatives.some((bounds) => bounds !== undefined && areMet(version, bounds));
}

function areMet(version: string, bounds: readonly Bound[]): boolean {
  if (!bounds.every((bound) => isMet(version, bound))) return false;
  // A prerelease is meant only by who names one of the very same release.
  const release = releaseOf(version);
  return (
    release === version.replace(/\+.*$/, '') ||
    bounds.some(({ version: each }) => each !== release && releaseOf(each) === release)
  );
}

function isMet(version: string, { operator, version: limit }: Bound): boolean {
  const order = compareVersions(version, limit);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '<':
      return order < 0;
    case '=':
      return order === 0;
  }
}

/** Major, minor and patch alone. */
function releaseOf(version: string): string {
  return version.replace(/^[v=\s]*/, '').replace(/[-+].*$/, '');
}

function boundsOf(text: string): readonly Bound[] | undefined {
  const [, from, to] = /^(\S+)\s+-\s+(\S+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    const [low, high] = [comparator(`>=${from}`), comparator(`<=${to}`)];
    return low && high && [...low, ...high];
  }
  const words = text.replace(/(>=|<=|[<>=^]|~>?)\s+/g, '$1').split(/\s+/);
  const all = words.map((word) => comparator(word));
  return all.some((bounds) => bounds === undefined) ? undefined : all.flatMap((bounds) => bounds ?? []);
}

const part = String.raw`(\d+|[xX*])`;
const pattern = new RegExp(
  String.raw`^(\^|~>?|>=|<=|[<>=])?v?${part}(?:\.${part}(?:\.${part})?)?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$`,
);

function comparator(word: string): readonly Bound[] | undefined {
  if (word === '') return [];
  const match = pattern.exec(word);
  if (!match) return undefined;
  const [, operator = '', ...rest] = match;
  const prerelease = rest[3] ?? '';
  const numbers: number[] = [];
  for (const text of rest.slice(0, 3)) {
    if (text === undefined || !/^\d+$/.test(text)) break;
    numbers.push(Number(text));
  }
  return withOperator(operator, numbers, prerelease);
}

/** `numbers`: major, minor and patch as far as they are said. */
function withOperator(operator: string, numbers: readonly number[], prerelease: string): readonly Bound[] {
  const [major = 0, minor = 0, patch = 0] = numbers;
  const low = `${major}.${minor}.${patch}${prerelease}`;
  const isWhole = numbers.length === 3;
  if (numbers.length === 0) return operator === '<' || operator === '>' ? [{ operator: '<', version: '0.0.0-0' }] : [];
  if (operator === '^') return [{ operator: '>=', version: low }, below(nextOfCaret(numbers))];
  if (operator.startsWith('~'))
    return [{ operator: '>=', version: low }, below(next(numbers, Math.min(numbers.length, 2)))];
  if (isWhole) return [{ operator: (operator || '=') as Bound['operator'], version: low }];
  switch (operator) {
    case '>':
      return [{ operator: '>=', version: next(numbers, numbers.length) }];
    case '<=':
      return [below(next(numbers, numbers.length))];
    case '>=':
    case '<':
      return [{ operator, version: operator === '<' ? `${low}-0` : low }];
    default:
      return [{ operator: '>=', version: low }, below(next(numbers, numbers.length))];
  }
}

function below(version: string): Bound {
  return { operator: '<', version: `${version}-0` };
}

/** The release after all that begin with the first `count` numbers. */
function next(numbers: readonly number[], count: number): string {
  const parts = [0, 1, 2].map((at) => (at < count ? (numbers[at] ?? 0) : 0));
  parts[count - 1] = (parts[count - 1] ?? 0) + 1;
  return parts.join('.');
}

/** `^` lets change what stands behind the first number that is not zero. */
function nextOfCaret(numbers: readonly number[]): string {
  const first = numbers.findIndex((number) => number !== 0);
  return next(numbers, first < 0 ? numbers.length : first + 1);
}
