import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activate, deactivate, type Variables } from '../../../src/resources/activate/activation.js';
import { type ShellName, shellCalled, shellText } from '../../../src/resources/activate/shells.js';
import { needs } from '../../support/needs.js';

/** How each reads what a command prints, as `--help` says it, once its own settings are out of the way. */
const shells: readonly (readonly [shell: ShellName, argv: readonly string[], read: (file: string) => string])[] = [
  ['sh', ['dash'], (file) => `eval "$(cat ${file})"`],
  ['bash', ['bash', '--norc', '--noprofile'], (file) => `eval "$(cat ${file})"`],
  ['zsh', ['zsh', '-f'], (file) => `eval "$(cat ${file})"`],
  ['fish', ['fish', '--no-config'], (file) => `cat ${file} | source`],
  ['csh', ['tcsh', '-f'], (file) => `eval "\`cat ${file}\`"`],
];

/** Each of these is something to one of the shells, and so are most pairs of them. */
const pieces = [
  ...[
    "'",
    '"',
    '\\',
    '$',
    '`',
    '!',
    ';',
    '&',
    '|',
    '<',
    '>',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '*',
    '?',
    '#',
    '~',
    '%',
    '^',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '=',
    ':',
    ',',
    '@',
    '-',
    '--help',
    '$(id)',
    '`id`',
    '$HOME',
    "'; exit 3 #",
    '!!',
    'é',
    '日',
    'a',
  ],
];

/** The same ones every time. */
function oddValues(): string[] {
  const pairs = pieces.flatMap((one, at) =>
    [3, 7, 19].map((step) => one + (pieces[(at * step + step) % pieces.length] ?? '')),
  );
  return ['', ' ', ...pieces, ...pairs, pieces.join(''), `${"'".repeat(3)}\\`];
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'activate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function environmentOf(text: string): Variables {
  const lines = text.split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

describe.each(shells)('%s', (shell, argv, read) => {
  const [program = '', ...options] = argv;

  it('has every value as it is, and as it was when it is left', async (context) => {
    await needs({ programs: [program] })(context);
    const values = oddValues().filter((value) => shell !== 'csh' || !value.includes('\n'));
    const variables = Object.fromEntries(values.map((value, at) => [`VALUE_${at}`, value]));
    const before = { PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8', VALUE_3: values.at(-1) ?? '', VALUE_4: '' };
    const wanted = activate({ name: 'one', variables, path: ['/opt/a b/bin'] }, before);
    const after = { ...before, ...Object.fromEntries(wanted.map(({ name, value }) => [name, value])) };
    const [on, off] = [shellText(wanted, shell), shellText(deactivate(after), shell)];
    expect(on.leftOut).toEqual([]);
    const [one, two] = [join(folder, `${shell}-on`), join(folder, `${shell}-off`)];
    writeFileSync(one, on.text);
    writeFileSync(two, off.text);
    const mark = 'printf "\\0MARK\\0"';
    const script = [read(one), 'env -0', mark, read(two), 'env -0'].join('\n');
    const { stdout, stderr } = spawnSync(program, [...options, '-c', script], { env: before, encoding: 'utf8' });
    expect(stderr).toBe('');
    const [active = '', left = ''] = stdout.split('\0MARK\0');
    expect(environmentOf(active)).toMatchObject({ ...variables, PATH: `/opt/a b/bin:${before.PATH}` });
    const restored = environmentOf(left);
    expect(restored).toMatchObject(before);
    expect(
      Object.keys(restored)
        .filter((name) => /^(REPROMAN|VALUE)_/.test(name))
        .sort(),
    ).toEqual(['VALUE_3', 'VALUE_4']);
  });
});

it('says what csh cannot be told', () => {
  const { text, leftOut } = shellText(
    [{ name: 'A', value: 'one\ntwo' }, { name: 'B', value: '!' }, { name: 'C' }],
    'csh',
  );
  expect([text, leftOut]).toEqual(["setenv B '\\!';\nunsetenv C;\n", ['A']]);
});

it('knows a shell by its program', () => {
  expect(['/usr/bin/fish', '-bash', '/bin/tcsh', '/opt/xonsh', undefined].map(shellCalled)).toEqual([
    ...['fish', 'bash', 'tcsh', 'sh', 'sh'],
  ]);
});
