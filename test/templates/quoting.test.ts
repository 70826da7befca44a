import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { comment, dockerfileWord, shellCommand, shellWord } from '../../src/templates/quoting.js';

const odd = [
  ...[
    "it's",
    '$(id) `id` "a" \\',
    'two\nlines\n',
    '\n',
    '',
    '-n',
    '--',
    '~',
    '~root',
    'a=~',
    'a:~',
    '*',
    '#x',
    '!!',
    '{a,b}',
  ],
  ...['; id', '& id', '| id', '> x', '\t', '\r', '\u0001', 'é\u2028', '@name@', '%post', "'\\''", '1.2~rc+b1', '[x]'],
];

it('is one word for a shell that means what it says', () => {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${shellCommand(odd)}`], { encoding: 'utf8' });
  expect(stdout.split('\0').slice(0, -1)).toEqual(odd);
});

it('leaves be what people read without quotes', () => {
  expect(shellWord('libzstd1_1.5.4+dfsg2-5~bpo_amd64.deb')).toBe('libzstd1_1.5.4+dfsg2-5~bpo_amd64.deb');
  expect(shellWord('http://a.b/c%3a1')).toBe('http://a.b/c%3a1');
});

it('ends no comment, whatever is told in it', () => {
  const text = comment([...odd, 'a \\', 'b\u0085c\u2029d']);
  expect(text.split(/[\n\r\u0085\u2028\u2029]/).filter((line) => !line.startsWith('#') || line.endsWith('\\'))).toEqual(
    [],
  );
});

it('says of a word with a line break that a Dockerfile has none', () => {
  expect(dockerfileWord('a\nUSER root')).toBeUndefined();
  expect(dockerfileWord('a "b" $c \\')).toBe('"a \\"b\\" \\$c \\\\"');
});
