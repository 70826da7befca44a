import { describe, expect, it } from 'vitest';
import { afterOptions, splitAtDashes } from '../../src/cli/command-after-dashes.js';

describe('splitAtDashes', () => {
  it.each([
    ['-- echo a b a', [], ['echo', 'a', 'b', 'a']],
    ['-o x -- cp x -o z', ['-o', 'x'], ['cp', 'x', '-o', 'z']],
    ['--json -- ls --json', ['--json'], ['ls', '--json']],
    ['-- a -- b', [], ['a', '--', 'b']],
    ['-- --help', [], ['--help']],
    ['name --', ['name'], []],
    ['name', ['name'], undefined],
  ])('splits %s', (line, own, command) => {
    expect(splitAtDashes(line.split(' '))).toEqual({ own, command });
  });
});

describe('afterOptions', () => {
  it.each([
    ['-r one ls -l', '-r one -- ls -l'],
    ['--resref-type name --resource=one make', '--resref-type name --resource=one -- make'],
    ['-r one -- ls', '-r one -- ls'],
    ['-r one', '-r one'],
  ])('puts dashes into %s', (line, whole) => {
    expect(afterOptions(line.split(' ')).join(' ')).toBe(whole);
  });
});
