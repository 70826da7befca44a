/** The version that a module says of itself, as ExtUtils::MakeMaker looks for it, where it is written out. */
export function versionIn(source: string): string | undefined {
  const [code = ''] = source.split(/^__(?:END|DATA)__$|^=head1 /m, 1);
  const assigned = /^[^#\n]*?\$(?:[\w:]+::)?VERSION\s*=\s*(?:\w+->\w+\(|qv\()?\s*["']?(v?\d[\d._]*)/m.exec(code)?.[1];
  return assigned ?? /^\s*package\s+[\w:]+\s+(v?\d[\d._]*)\s*[;{]/m.exec(code)?.[1];
}

/** As version(3perl) orders them: of 1.02 the digits after the point go by three, of v1.2 and 1.2.3 they are numbers. */
export function comparePerlVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = (left[at] ?? 0) - (right[at] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** What is no version of Perl's is read as far as it has numbers. */
function partsOf(version: string): number[] {
  const numbers = version.replaceAll('_', '').match(/\d+/g) ?? [];
  const [whole = '0', fraction = ''] = numbers;
  if (version.startsWith('v') || numbers.length > 2) return numbers.map(Number);
  return [whole, ...(fraction.match(/\d{1,3}/g) ?? []).map((digits) => digits.padEnd(3, '0'))].map(Number);
}
