import { describe, expect, it } from 'vitest';
import {
  overlaps,
  parseRequirement,
  type Relation,
  type Requirement,
} from '../../../src/distributions/rpm/relations.js';

const flags: Readonly<Record<string, number>> = { '': 0, '<': 2, '>': 4, '=': 8, '<=': 10, '>=': 12 };

function relation(text: string): Relation {
  const [name = '', operator = '', version = ''] = text.split(' ');
  return { name, flags: flags[operator] ?? 0, version };
}

describe('what is provided and what is asked for', () => {
  it.each([
    ['foo = 1.0-1', 'foo', true],
    ['foo', 'foo >= 3', true],
    ['foo = 1.0-1', 'foo >= 1.0', true],
    ['foo = 1.0-1', 'foo > 1.0', false],
    ['foo = 1.0-1', 'foo < 1.0-2', true],
    ['foo = 2:1.0-1', 'foo < 3', false],
    ['foo = 1.0-1', 'foo = 1.0-2', false],
    ['foo >= 2', 'foo = 3', true],
    ['foo <= 2', 'foo > 3', false],
  ])('%s and %s', (provided, asked, expected) => {
    expect(overlaps(relation(provided), relation(asked))).toBe(expected);
  });
});

describe('dependencies with words', () => {
  it.each([
    ['foo', 'foo'],
    ['(foo or bar >= 2)', 'or(foo, bar >= 2)'],
    ['(foo if bar else baz)', 'if(foo, bar, baz)'],
    ['((foo and bar) if (baz or qux))', 'if(and(foo, bar), or(baz, qux))'],
    ['(libc.so.6()(64bit) and font(:lang=en))', 'and(libc.so.6()(64bit), font(:lang=en))'],
    ['(foo with foo < 3)', 'with(foo, foo < 3)'],
    ['(foo or bar', undefined],
    ['(foo or bar and baz)', undefined],
  ])('%s is read as %s', (text, expected) => {
    const parsed = parseRequirement({ name: text, flags: 0, version: '' });
    expect(parsed && show(parsed)).toBe(expected);
  });
});

function show(requirement: Requirement): string {
  if (requirement.kind !== 'name') return `${requirement.kind}(${requirement.parts.map(show).join(', ')})`;
  const { name, flags: own, version } = requirement.relation;
  const operator = Object.keys(flags).find((each) => flags[each] === own) ?? '';
  return `${name} ${operator} ${version}`.trim();
}
