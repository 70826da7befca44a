/** Epoch, version and release of `[epoch:]version[-release]`. */
interface Parts {
  readonly epoch: string;
  readonly version: string;
  readonly release: string;
}

/** Compares two of `[epoch:]version[-release]`; a release that one of them lacks is not compared. */
export function compareVersions(a: string, b: string): number {
  const [one, two] = [parse(a), parse(b)];
  const order = compareParts(one.epoch, two.epoch) || compareParts(one.version, two.version);
  if (order !== 0 || one.release === '' || two.release === '') return order;
  return compareParts(one.release, two.release);
}

function parse(text: string): Parts {
  const [, epoch = '0', version = '', release = ''] = /^(?:(\d*):)?([\s\S]*?)(?:-([^-]*))?$/.exec(text) ?? [];
  return { epoch: epoch || '0', version, release };
}

/**
 * rpmvercmp: runs of digits and of letters from left to right, all else only divides them. A tilde sorts before the
 * end, a caret after the end and before all else.
 * https://rpm-software-management.github.io/rpm/man/rpm-version.7
 */
export function compareParts(a: string, b: string): number {
  const one = a.match(/~|\^|[0-9]+|[A-Za-z]+/g) ?? [];
  const two = b.match(/~|\^|[0-9]+|[A-Za-z]+/g) ?? [];
  for (let at = 0; at < Math.max(one.length, two.length); at++) {
    const order = compareRuns(one[at], two[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareRuns(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === '~' || b === '~') return a === '~' ? -1 : 1;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  if (a === '^' || b === '^') return a === '^' ? -1 : 1;
  const [aIsNumber, bIsNumber] = [/^\d/.test(a), /^\d/.test(b)];
  if (aIsNumber !== bIsNumber) return aIsNumber ? 1 : -1;
  if (!aIsNumber) return a < b ? -1 : 1;
  const [one, two] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (one === two) return 0;
  return one.length - two.length || (one < two ? -1 : 1);
}
