/** One place where two contents are not the same, in the terms of their format. */
export interface Difference {
  readonly at: string;
  readonly expected: string;
  readonly found: string;
}

const shownLimit = 5;

/** Keeps the first differences and counts the others. */
export class Differences {
  readonly first: Difference[] = [];
  count = 0;

  /** `tell` is asked only of a difference that is kept. */
  add(tell: () => Difference): void {
    if (this.first.length < shownLimit) {
      const { at, expected, found } = tell();
      this.first.push({ at: shorten(at, 200), expected: shorten(expected), found: shorten(found) });
    }
    this.count++;
  }

  /** Differences of which the first were kept already. */
  addAll(first: readonly Difference[], count: number): void {
    for (const difference of first) this.add(() => difference);
    this.count += count - first.length;
  }

  /** Takes over those of something that lies in a place of this. */
  addWithin(place: string, { first, count }: Pick<Differences, 'first' | 'count'>): void {
    this.addAll(
      first.map((difference) => ({ ...difference, at: `${place}, ${difference.at}` })),
      count,
    );
  }
}

/** What stands at a place of one content and at none of the other. */
export const nothing = 'nothing';

/** The begin of a text for people, with no control character in it: a terminal would obey it. */
export function shorten(text: string, limit = 80): string {
  const visible = text.slice(0, limit).replace(/\p{Cc}/gu, escaped);
  return text.length > limit ? `${visible}...` : visible;
}

/** The begin of a text of which only the bytes are known. */
export function shownBytes(line: string | undefined): string {
  if (line === undefined) return nothing;
  const text = Buffer.from(line.slice(0, 80), 'latin1').toString('utf8');
  return line.length > 80 ? `${text}...` : text;
}

function escaped(unit: string): string {
  return `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
