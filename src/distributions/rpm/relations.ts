import { compareVersions } from './versions.js';

/** rpmds.h, rpmsenseFlags: how a version is compared, and what is no dependency on a package. */
const sense = { less: 2, greater: 4, equal: 8, rpmlib: 1 << 24 } as const;
const versioned = sense.less | sense.greater | sense.equal;

/** A name with the versions of it that are meant; `flags` without a comparison means any. */
export interface Relation {
  readonly name: string;
  readonly flags: number;
  readonly version: string;
}

/** What one dependency asks for: a name, or several with words between them, as `(foo if bar else baz)`. */
export type Requirement =
  | { readonly kind: 'name'; readonly relation: Relation }
  | { readonly kind: Word; readonly parts: readonly Requirement[] };

const words = ['and', 'or', 'if', 'unless', 'else', 'with', 'without'] as const;
type Word = (typeof words)[number];

/** Parallel entries of a header; what asks for a feature of rpm itself is left out. */
export function relationsOf(
  names: readonly string[],
  flags: readonly number[],
  versions: readonly string[],
): Relation[] {
  return names.flatMap((name, at) => {
    const own = flags[at] ?? 0;
    return (own & sense.rpmlib) !== 0 ? [] : [{ name, flags: own & versioned, version: versions[at] ?? '' }];
  });
}

/** Whether what is provided is among what is asked for: a side without a version fits any (rpmdsCompare). */
export function overlaps(provided: Relation, asked: Relation): boolean {
  if (provided.flags === 0 || asked.flags === 0) return true;
  const order = compareVersions(provided.version, asked.version);
  if (order < 0) return (provided.flags & sense.greater) !== 0 || (asked.flags & sense.less) !== 0;
  if (order > 0) return (provided.flags & sense.less) !== 0 || (asked.flags & sense.greater) !== 0;
  return (provided.flags & asked.flags) !== 0;
}

/** A dependency as it is written in a header. https://rpm-software-management.github.io/rpm/manual/boolean_dependencies */
export function parseRequirement(relation: Relation): Requirement | undefined {
  if (!relation.name.startsWith('(')) return { kind: 'name', relation };
  const tokens = tokensOf(relation.name);
  const parsed = parseGroup(tokens);
  return tokens.length === 0 ? parsed : undefined;
}

/** Brackets that belong to a name, as in `libc.so.6()(64bit)`, stay in it: groups begin after a space or a bracket. */
function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  let depth = 0;
  let word = '';
  const end = () => {
    if (word !== '') tokens.push(word);
    word = '';
  };
  for (const character of text) {
    if (character === '(' && word !== '') depth++;
    if (character === ')' && depth === 0) {
      end();
      tokens.push(')');
    } else if (character === '(' && word === '') tokens.push('(');
    else if (/\s/.test(character)) end();
    else {
      if (character === ')') depth--;
      word += character;
    }
  }
  end();
  return tokens;
}

function parseGroup(tokens: string[]): Requirement | undefined {
  if (tokens.shift() !== '(') return undefined;
  const first = parsePart(tokens);
  if (!first) return undefined;
  const parts = [first];
  let kind: Word | undefined;
  for (;;) {
    const token = tokens.shift();
    if (token === ')') break;
    const word = words.find((each) => each === token);
    const part = word && parsePart(tokens);
    if (!part) return undefined;
    // `if` and `unless` may end with `else`: all others stand alone or repeat themselves.
    if (kind !== undefined && word !== kind && word !== 'else') return undefined;
    kind ??= word;
    parts.push(part);
  }
  return kind === undefined ? first : { kind, parts };
}

const operators: Readonly<Record<string, number>> = {
  '<': sense.less,
  '>': sense.greater,
  '=': sense.equal,
  '<=': sense.less | sense.equal,
  '>=': sense.greater | sense.equal,
};

/** A request for a name, as people write it: `==` is what some mean by `=`. */
export function relationWith(name: string, operator = '', version = ''): Relation {
  return { name, flags: operators[operator.replace('==', '=')] ?? 0, version };
}

function parsePart(tokens: string[]): Requirement | undefined {
  if (tokens[0] === '(') return parseGroup(tokens);
  const name = tokens.shift();
  if (name === undefined || name === ')') return undefined;
  const flags = operators[tokens[0] ?? ''];
  if (flags === undefined) return { kind: 'name', relation: { name, flags: 0, version: '' } };
  tokens.shift();
  return { kind: 'name', relation: { name, flags, version: tokens.shift() ?? '' } };
}
