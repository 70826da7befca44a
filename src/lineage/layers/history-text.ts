/** An instruction as an image's history tells it, comparable with one of a recipe. */
export interface ToldInstruction {
  readonly keyword: string;
  readonly text: string;
}

const keywords = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

/**
 * What builders write of an instruction: `/bin/sh -c #(nop)  CMD ["sh"]` and `/bin/sh -c apt-get update` of the classic
 * one, `RUN |1 A=b /bin/sh -c apt-get update # buildkit` of BuildKit. Undefined of what no builder wrote.
 */
export function toldInstruction(createdBy: string): ToldInstruction | undefined {
  const text = createdBy.replace(/\s*# buildkit\s*$/, '').trim();
  const nop = /^\/bin\/sh -c #\(nop\)\s*(?:(\w+)\s*(.*))?$/s.exec(text);
  if (nop) return known(nop[1] ?? '', nop[2] ?? '');
  const run = /^(?:RUN\s+)?(?:\|\d+\s.*?)?(?:\/bin\/(?:ba|da|a)?sh -\w*c)\s+(.*)$/s.exec(text);
  if (run) return { keyword: 'RUN', text: run[1] ?? '' };
  const [, keyword = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(text) ?? [];
  return known(keyword, rest);
}

function known(keyword: string, text: string): ToldInstruction | undefined {
  return keywords.has(keyword.toUpperCase()) ? { keyword: keyword.toUpperCase(), text } : undefined;
}

/** How much two instructions look like one, from 0 to 1; 0 of different kinds. */
export function likeness(one: ToldInstruction, other: ToldInstruction): number {
  if (one.keyword !== other.keyword) return 0;
  const [words, others] = [wordsOf(one), wordsOf(other)];
  if (words.length === 0 && others.length === 0) return 1;
  const left = new Map<string, number>();
  for (const word of words) left.set(word, (left.get(word) ?? 0) + 1);
  let both = 0;
  for (const word of others) {
    const count = left.get(word) ?? 0;
    if (count > 0) both++;
    left.set(word, count - 1);
  }
  return (2 * both) / (words.length + others.length);
}

/** The classic builder names what it copies by digests: only where to says something then. Flags are not told. */
function wordsOf({ keyword, text }: ToldInstruction): string[] {
  const withoutFlags = text.replace(/(?:^|\s)--[a-z]+(?:=\S+)?/g, ' ');
  const isCopy = keyword === 'COPY' || keyword === 'ADD';
  const copied = isCopy ? withoutFlags.replace(/^\s*(?:(?:file|dir|multi):[0-9a-f]+\s+)+in\s+/, '') : withoutFlags;
  return copied.match(/[^\s"'[\],;&|()=\\]+/g) ?? [];
}
