import { describe, expect, it } from 'vitest';
import { splitAtDashes } from '../../src/cli/command-after-dashes.js';

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
