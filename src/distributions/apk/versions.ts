/** Suffixes in their order; those before the empty one make a version older than the same without. */
const suffixes: readonly string[] = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const none = suffixes.indexOf('');

interface Version {
  readonly numbers: readonly string[];
  readonly letter: string;
  /** As numbers: which suffix, and the number behind it. */
  readonly suffixes: readonly (readonly [kind: number, number: string])[];
  readonly revision: string;
  readonly isValid: boolean;
}

/**
 * `number{.number}{letter}{_suffix{number}}{~hash}{-rN}`; what is behind that is not compared. apk-package(5)
 */
export function compareVersions(a: string, b: string): number {
  const [one, two] = [parse(a), parse(b)];
  return (
    compareNumbers(one.numbers, two.numbers) ||
    compareText(one.letter, two.letter) ||
    compareSuffixes(one.suffixes, two.suffixes) ||
    compareInteger(one.revision, two.revision) ||
    Number(two.isValid) - Number(one.isValid)
  );
}

function parse(text: string): Version {
  const [whole = '', numbers = '', letter = '', tail = '', , revision = ''] =
    /^([0-9]+(?:\.[0-9]+)*)?([a-z])?((?:_[a-z]+[0-9]*)*)(~[0-9a-f]+)?(?:-r([0-9]+))?/.exec(text) ?? [];
  return {
    numbers: numbers === '' ? [] : numbers.split('.'),
    letter,
    suffixes: [...tail.matchAll(/_([a-z]+)([0-9]*)/g)].map(([, name = '', number = '']) => [
      suffixes.indexOf(name),
      number,
    ]),
    revision,
    isValid: whole === text,
  };
}

/** The first number counts as such. Of two others that begin with zeros it is the digits that count, as in a fraction. */
function compareNumbers(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [one = '', two = ''] = [a[at], b[at]];
    const isFraction = at > 0 && (one.startsWith('0') || two.startsWith('0'));
    const order = isFraction ? compareText(one, two) : compareInteger(one, two);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareSuffixes(a: Version['suffixes'], b: Version['suffixes']): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [kind, number] = a[at] ?? [none, ''];
    const [otherKind, otherNumber] = b[at] ?? [none, ''];
    const order = kind - otherKind || compareInteger(number, otherNumber);
    if (order !== 0) return order;
  }
  return 0;
}

function compareInteger(a: string, b: string): number {
  const [one, two] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return one.length - two.length || compareText(one, two);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
