/**
 * Orders two Debian versions as dpkg does: negative, zero or positive.
 * https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = splitVersion(a);
  const right = splitVersion(b);
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

/** The relations of a dependency field; `<` and `>` are the historical spellings of `<=` and `>=`. */
export type VersionRelation = '<<' | '<=' | '=' | '>=' | '>>' | '<' | '>';

export function satisfiesVersion(version: string, relation: VersionRelation, bound: string): boolean {
  const order = compareVersions(version, bound);
  switch (relation) {
    case '<<':
      return order < 0;
    case '<':
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>':
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

function splitVersion(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const epoch = colon < 0 ? 0 : Number.parseInt(version.slice(0, colon), 10) || 0;
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return dash < 0
    ? { epoch, upstream: rest, revision: '' }
    : { epoch, upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

/** Alternates between a stretch without digits, ordered by {@link weigh}, and a number. */
function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weigh(a, i) - weigh(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const [leftEnd, rightEnd] = [endOfDigits(a, i), endOfDigits(b, j)];
    const difference = compareNumbers(a.slice(i, leftEnd), b.slice(j, rightEnd));
    if (difference !== 0) return difference;
    i = leftEnd;
    j = rightEnd;
  }
  return 0;
}

/** `~` before the end, the end (or a digit) before letters, letters before everything else. */
function weigh(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === 0x7e) return -1;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter ? code : code + 256;
}

/** As text: an upstream version may be a date and time too long for a number. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text, at)) at++;
  return at;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
