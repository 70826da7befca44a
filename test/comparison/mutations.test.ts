import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareSourcePair } from '../../src/comparison/compare-sources.js';
import { showPath } from '../../src/model/file-path.js';
import { needs } from '../support/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-mutations-'));
const base = join(folder, 'base');
/** Names that a list of lines, a shell or UTF-8 would break. */
const oddNames = [
  'new\nline',
  'tab\there',
  ' space ',
  '-rf',
  'quote\'"',
  'back\\slash',
  '*',
  'x'.repeat(255),
  '日本語',
];

beforeAll(() => {
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  makeBase();
}, 60_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A few hundred real files as a root has them, with links of both kinds and odd names. */
function makeBase(): void {
  for (const place of ['usr/bin', 'usr/share/real', 'etc', 'odd', 'opt/tool/lib'])
    mkdirSync(join(base, place), { recursive: true });
  const real = readdirSync('/usr/bin')
    .sort()
    .map((name) => join('/usr/bin', name))
    .filter((path) => lstatSync(path).isFile() && lstatSync(path).size < 100_000);
  for (const path of real.slice(0, 300)) copyFileSync(path, join(base, path));
  for (const path of real.slice(0, 40))
    cpSync(path, join(base, 'opt/tool/lib', path.slice(9)), { preserveTimestamps: true });
  for (const name of oddNames) writeFileSync(join(base, 'odd', name), `content of ${name}\n`);
  writeFileSync(
    Buffer.concat([Buffer.from(join(base, 'odd/')), Buffer.from([0xff, 0xfe, 0x80])]),
    'content of no UTF-8\n',
  );
  writeFileSync(join(base, 'etc/settings'), 'a setting of this system\n');
  writeFileSync(join(base, 'etc/names'), 'a file that has several names\n');
  linkSync(join(base, 'etc/names'), join(base, 'etc/other-name'));
  symlinkSync('settings', join(base, 'etc/link'));
  writeFileSync(join(base, 'etc/empty'), '');
}

async function verdictsAfter(mutate: (root: string) => void, times = false): Promise<string[]> {
  const copy = mkdtempSync(join(folder, 'copy-'));
  spawnSync('cp', ['-a', `${base}/.`, copy]);
  mutate(copy);
  const sources = [base, copy].map((path) => ({ name: path, text: `dir:${path}` })) as [Source, Source];
  const { comparison } = await compareSourcePair(sources, { times });
  rmSync(copy, { recursive: true, force: true });
  return comparison.files.changes.map(
    ({ verdicts, from, path }) => `${verdicts.join('+')} ${from ? `${showPath(from)} > ` : ''}${showPath(path)}`,
  );
}

interface Source {
  readonly name: string;
  readonly text: string;
}

const first = readdirSync('/usr/bin')
  .sort()
  .find((name) => {
    const found = lstatSync(join('/usr/bin', name));
    return found.isFile() && found.size > 100 && found.size < 100_000;
  }) as string;

describe('a copy of a real system', () => {
  it('is no different, whenever it was made', async () => {
    expect(await verdictsAfter(() => undefined, true)).toEqual([]);
  });

  it('is no different in an archive', async () => {
    const archive = join(folder, 'base.tar');
    expect(spawnSync('tar', ['--numeric-owner', '-cf', archive, '-C', base, '.']).status).toBe(0);
    const sources = [base, archive].map((path) => ({ name: path, text: path })) as [Source, Source];
    const { comparison } = await compareSourcePair(sources, { times: true });
    expect(comparison.files.changes).toEqual([]);
    expect(comparison.files.unproved).toBe(0);
  });

  it('is no different where only times are', async () => {
    expect(await verdictsAfter((root) => utimesSync(join(root, 'usr/bin', first), 1, 1))).toEqual([]);
  });
});

describe('each change is told as what it is, and nothing else', () => {
  it.each<[string, (root: string) => void, string[]]>([
    ['content', (root) => appendFileSync(join(root, 'usr/bin', first), 'x'), [`content /usr/bin/${first}`]],
    ['content of the same size', flipByte, ['content /etc/settings']],
    ['mode', (root) => chmodSync(join(root, 'etc/settings'), 0o600), ['mode /etc/settings']],
    ['setuid', (root) => chmodSync(join(root, 'usr/bin', first), 0o4755), [`mode /usr/bin/${first}`]],
    ['mode of a folder', (root) => chmodSync(join(root, 'opt'), 0o700), ['mode /opt']],
    ['link retarget', (root) => relink(join(root, 'etc/link'), 'names'), ['link /etc/link']],
    ['a name of one file less', breakLink, ['identity /etc/other-name']],
    ['a further name', (root) => linkSync(join(root, 'etc/settings'), join(root, 'etc/x')), ['added /etc/x']],
    ['missing', (root) => unlinkSync(join(root, 'etc/settings')), ['removed /etc/settings']],
    ['extra', (root) => writeFileSync(join(root, 'etc/new'), 'something new'), ['added /etc/new']],
    ['an empty file more', (root) => writeFileSync(join(root, 'etc/new'), ''), ['added /etc/new']],
    ['a folder more', (root) => mkdirSync(join(root, 'etc/new')), ['added /etc/new']],
    ['type change to a link', (root) => relink(join(root, 'etc/settings'), 'names'), ['type /etc/settings']],
    ['type change to a folder', toFolder, ['type /etc/settings']],
    [
      'move',
      (root) => renameSync(join(root, 'etc/settings'), join(root, 'usr/set')),
      ['moved /etc/settings > /usr/set'],
    ],
    [
      'copy',
      (root) => copyFileSync(join(root, 'etc/settings'), join(root, 'usr/set')),
      ['copied /etc/settings > /usr/set'],
    ],
    [
      'folder move',
      (root) => renameSync(join(root, 'opt/tool'), join(root, 'usr/tool')),
      ['moved /opt/tool > /usr/tool'],
    ],
    ['a changed sparse file', sparse, ['content /etc/empty']],
    ...oddNames.map((name): [string, (root: string) => void, string[]] => [
      `the name ${JSON.stringify(name.slice(0, 12))}`,
      (root) => appendFileSync(join(root, 'odd', name), 'x'),
      [`content ${showPath(Buffer.from(`/odd/${name}`).toString('latin1') as never)}`],
    ]),
    ['a name that is no UTF-8', changeBytesName, ['content /odd/\\xff\\xfe\\x80']],
  ])('%s', async (_what, mutate, expected) => {
    expect(await verdictsAfter(mutate)).toEqual(expected);
  });

  it('one second of a file’s time, when times count', async () => {
    const later = (root: string) => {
      const path = join(root, 'etc/settings');
      const seconds = Math.floor(lstatSync(path).mtimeMs / 1000) + 1;
      utimesSync(path, seconds, seconds);
    };
    expect(await verdictsAfter(later, true)).toEqual(['time /etc/settings']);
  });
});

describe('what only root may change', () => {
  beforeEach(needs({ root: true }));

  it('owner and group', async () => {
    expect(await verdictsAfter((root) => chownSync(join(root, 'etc/settings'), 1234, 0))).toEqual([
      'owner /etc/settings',
    ]);
    expect(await verdictsAfter((root) => chownSync(join(root, 'opt'), 0, 99))).toEqual(['owner /opt']);
  });
});

describe('extended attributes', () => {
  beforeEach(needs({ programs: ['python3'] }));

  it('one more', async () => {
    const program = 'import os, sys; os.setxattr(sys.argv[1], "user.mark", b"x")';
    const mark = (root: string) => {
      expect(spawnSync('python3', ['-c', program, join(root, 'etc/settings')]).status).toBe(0);
    };
    expect(await verdictsAfter(mark)).toEqual(['attributes /etc/settings']);
  });
});

function flipByte(root: string): void {
  const path = join(root, 'etc/settings');
  const content = readFileSync(path);
  content[0] = (content[0] ?? 0) ^ 1;
  writeFileSync(path, content);
}

function relink(path: string, target: string): void {
  unlinkSync(path);
  symlinkSync(target, path);
}

function breakLink(root: string): void {
  unlinkSync(join(root, 'etc/other-name'));
  copyFileSync(join(root, 'etc/names'), join(root, 'etc/other-name'));
}

function toFolder(root: string): void {
  unlinkSync(join(root, 'etc/settings'));
  mkdirSync(join(root, 'etc/settings'), { mode: 0o644 });
}

function sparse(root: string): void {
  truncateSync(join(root, 'etc/empty'), 50_000_000);
}

function changeBytesName(root: string): void {
  appendFileSync(Buffer.concat([Buffer.from(join(root, 'odd/')), Buffer.from([0xff, 0xfe, 0x80])]), 'x');
}
