/** A version as PEP 440 takes it apart; numbers of any size. */
export interface PythonVersion {
  readonly epoch: bigint;
  readonly release: readonly bigint[];
  readonly pre?: readonly [stage: 'a' | 'b' | 'rc', number: bigint];
  readonly post?: bigint;
  readonly dev?: bigint;
  readonly local?: readonly (bigint | string)[];
}

/** https://peps.python.org/pep-0440/#appendix-b-parsing-version-strings-with-regular-expressions */
const pattern =
  /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<stage>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pre>\d+)?)?(?<post>-(?<bare>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?<number>\d+)?)?(?<dev>[-_.]?dev[-_.]?(?<day>\d+)?)?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

const stages: Readonly<Record<string, 'a' | 'b' | 'rc'>> = { a: 'a', alpha: 'a', b: 'b', beta: 'b' };

/** Reads a version in any spelling that PEP 440 allows; undefined of what is none. */
export function parseVersion(text: string): PythonVersion | undefined {
  const found = pattern.exec(text.trim().toLowerCase())?.groups;
  if (!found?.['release']) return undefined;
  const { epoch = '0', release, stage, pre = '0', post, bare, number, dev, day = '0', local } = found;
  return {
    epoch: BigInt(epoch),
    release: release.split('.').map(BigInt),
    ...(stage ? { pre: [stages[stage] ?? 'rc', BigInt(pre)] } : {}),
    ...(post ? { post: BigInt(bare ?? number ?? '0') } : {}),
    ...(dev ? { dev: BigInt(day) } : {}),
    ...(local ? { local: local.split(/[-_.]/).map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)) } : {}),
  };
}

/** Orders two versions as pip does: negative, zero or positive. What is no version comes before all that are. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left && right) return compareParsed(left, right);
  return left ? 1 : right ? -1 : compare(a, b);
}

/** https://peps.python.org/pep-0440/#summary-of-permitted-suffixes-and-relative-ordering */
export function compareParsed(a: PythonVersion, b: PythonVersion): number {
  return (
    compare(a.epoch, b.epoch) ||
    compareReleases(a.release, b.release) ||
    compareLists(preKey(a), preKey(b)) ||
    compare(a.post ?? -1n, b.post ?? -1n) ||
    compareDev(a.dev, b.dev) ||
    compareLocal(a.local, b.local)
  );
}

/** Missing parts are zero: 1.0 is 1. */
function compareReleases(a: readonly bigint[], b: readonly bigint[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = compare(a[at] ?? 0n, b[at] ?? 0n);
    if (order !== 0) return order;
  }
  return 0;
}

/** A development version of a release comes before its alphas, the release itself after its candidates. */
function preKey({ pre, post, dev }: PythonVersion): readonly [string, bigint] {
  if (pre) return pre;
  return post === undefined && dev !== undefined ? ['', 0n] : ['z', 0n];
}

function compareDev(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compare(a, b);
}

/** A version with a local part comes after that without; in it numbers after words. */
function compareLocal(a: PythonVersion['local'], b: PythonVersion['local']): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? 0n, b[at] ?? 0n];
    if (typeof left !== typeof right) return typeof left === 'bigint' ? 1 : -1;
    const order = compare(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareLists(a: readonly [string, bigint], b: readonly [string, bigint]): number {
  return compare(a[0], b[0]) || compare(a[1], b[1]);
}

function compare(a: bigint | string, b: bigint | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
