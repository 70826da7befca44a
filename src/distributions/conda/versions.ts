/**
 * Compares versions as conda's VersionOrder does:
 * https://docs.conda.io/projects/conda/en/stable/dev-guide/api/conda/models/version/index.html
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  return (
    compareSegments([[left.epoch]], [[right.epoch]]) ||
    compareSegments(left.version, right.version) ||
    compareSegments(left.local, right.local)
  );
}

/** A number, or a word: `*` is put before any other, `dev` before all, and `post` after all. */
type Part = bigint | string;
/** What stands between two dots, always beginning with a number. */
type Segment = readonly Part[];

interface Version {
  readonly epoch: bigint;
  readonly version: readonly Segment[];
  readonly local: readonly Segment[];
}

function parse(text: string): Version {
  const [, epoch = '0', version = '', local = ''] =
    /^(?:(\d+)!)?([^+]*)(?:\+(.*))?$/.exec(text.trim().toLowerCase()) ?? [];
  return { epoch: BigInt(epoch), version: segmentsOf(version), local: local === '' ? [] : segmentsOf(local) };
}

function segmentsOf(text: string): Segment[] {
  // A last underscore is kept, as openssl has it (1.0.1_); dashes are underscores where there are none.
  const even = text.includes('_') ? text : text.replaceAll('-', '_');
  const isLast = even.endsWith('_');
  const segments = (isLast ? even.slice(0, -1) : even).replaceAll('_', '.').split('.');
  if (isLast) segments.push(`${segments.pop() ?? ''}_`);
  return segments.map((segment) => {
    const parts = (segment.match(/\d+|\*|[^\d*]+/g) ?? []).map(partOf);
    return typeof parts[0] === 'bigint' ? parts : [0n, ...parts];
  });
}

function partOf(text: string): Part {
  if (/^\d+$/.test(text)) return BigInt(text);
  // `post` comes after every number, `dev` before every word.
  if (text === 'dev') return 'DEV';
  return text;
}

function compareSegments(a: readonly Segment[], b: readonly Segment[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? [], b[at] ?? []];
    for (let part = 0; part < Math.max(left.length, right.length); part++) {
      const order = compareParts(left[part] ?? 0n, right[part] ?? 0n);
      if (order !== 0) return order;
    }
  }
  return 0;
}

/** Words come before numbers, `post` after them. */
function compareParts(a: Part, b: Part): number {
  const [left, right] = [rank(a), rank(b)];
  return left - right || (a < b ? -1 : a > b ? 1 : 0);
}

function rank(part: Part): number {
  if (part === 'post') return 2;
  return typeof part === 'bigint' ? 1 : 0;
}
