import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDeb822 } from '../../../src/archives/apt/deb822.js';
import type { Contents } from '../../../src/archives/contents.js';
import type { InstalledFiles, InstalledPackage } from '../../../src/distributions/debian/installed.js';
import { type RepackContext, repack } from '../../../src/distributions/debian/repack.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import { localMachine } from '../../../src/machines/local.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { folderContents } from '../../../src/spec/folder/contents.js';

const info = '/var/lib/dpkg/info';
const names = ['coreutils', 'python3.11-minimal', 'libc6', 'tzdata', 'zlib1g', 'dash', 'base-files'];

let folder: string;
let contents: Contents;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repack-'));
  contents = folderContents(join(folder, 'contents'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const diverted = readDiversions();
const undiverted: Omit<RepackContext, 'machine' | 'contents'> = { divertedTo: () => undefined, statOverrides: [] };

describe('a package repacked from what is installed here', () => {
  it.for(names)('unpacks to the same files: %s', async (name, { skip }) => {
    const found = installed(name);
    if (!found) return skip(`needs a Debian system with ${name}`);
    const files = filesOf(found);
    await using machine = await localMachine();
    const divertedTo: RepackContext['divertedTo'] = (path, owner) => diverted(path, owner) as FilePath | undefined;
    const context = { machine, contents, statOverrides: [], divertedTo };
    const made = await repack(found, files, context);
    const unreadable = files.list.some((path) => !isReadable(path));
    if (unreadable) return expect(made.problems.join()).toContain('cannot be read');
    expect((await repack(found, files, context)).hash).toBe(made.hash);

    const deb = await contents.locate(made.hash ?? '');
    const out = join(folder, 'out');
    execFileSync('dpkg-deb', ['-x', deb, out]);
    execFileSync('dpkg-deb', ['-e', deb, join(out, 'DEBIAN')]);
    expect(execFileSync('dpkg-deb', ['--field', deb, 'Version']).toString().trim()).toBe(found.version);
    expect(execFileSync('dpkg-deb', ['--info', deb]).toString()).not.toContain('Conffiles:');
    expect(execFileSync('dpkg-deb', ['-c', deb]).toString().split('\n').length - 1).toBe(files.list.length);
    expect(differences(files.list, name, out)).toEqual([]);
    expect(readFileSync(join(out, 'DEBIAN/md5sums'))).toEqual(files.control.get('md5sums'));
  });
});

describe('a package in a folder', () => {
  const md5 = '900150983cd24fb0d6963f7d28e17f72'; // of "abc"
  const fields = {
    Package: 'x',
    Version: '1',
    Architecture: 'all',
    Status: 'install ok installed',
    Conffiles: '\n /etc/x 0',
  };
  const sample: InstalledPackage = { name: 'x', version: '1', architecture: 'all', fields };
  const base: InstalledFiles = { list: [], md5sums: new Map(), conffiles: [], control: new Map() };

  it('tells of a changed and of a missing file, and keeps the changed one beside it', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'usr'), { recursive: true });
    writeFileSync(join(root, 'usr/same'), 'abc');
    writeFileSync(join(root, 'usr/changed'), 'abd');
    await using machine = await directoryMachine(root);
    const list = ['/.', '/usr', '/usr/changed', '/usr/gone', '/usr/same'] as FilePath[];
    const md5sums = new Map(list.slice(2).map((path) => [path, md5]));
    const made = await repack(sample, { ...base, list, md5sums }, { machine, contents, ...undiverted });
    expect(made.changed.map(({ path }) => path)).toEqual(['/usr/changed']);
    expect(readFileSync(await contents.locate(made.changed[0]?.content ?? ''), 'utf8')).toBe('abd');
    expect(made.problems.join('\n')).toMatch(/usr\/gone of x is not there[\s\S]*usr\/changed of x is not as/);
    expect(made.hash).toBeDefined();
  });

  it('is without a changed file that may hold a secret, but with one that is as the package shipped it', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'etc'), { recursive: true });
    for (const name of ['kept', 'shipped', 'own'])
      writeFileSync(join(root, 'etc', name), name === 'own' ? 'key' : 'abc');
    await using machine = await directoryMachine(root);
    const list = ['/.', '/etc', '/etc/kept', '/etc/own', '/etc/shipped'] as FilePath[];
    const conffiles = list.slice(2).map((path) => ({ path, md5, obsolete: false }));
    const mayCarry = (path: FilePath) => path === '/etc/kept';
    const made = await repack(sample, { ...base, list, conffiles }, { machine, contents, mayCarry, ...undiverted });
    const deb = await contents.locate(made.hash ?? '');
    execFileSync('dpkg-deb', ['-x', deb, join(folder, 'out')]);
    execFileSync('dpkg-deb', ['-e', deb, join(folder, 'out/DEBIAN')]);
    expect(readdirSync(join(folder, 'out/etc'))).toEqual(['kept', 'shipped']);
    expect(readFileSync(join(folder, 'out/etc/shipped'), 'utf8')).toBe('abc');
    expect(readFileSync(join(folder, 'out/DEBIAN/conffiles'), 'utf8')).toBe('/etc/kept\n/etc/shipped\n');
    expect(made).toMatchObject({ changed: [], withheld: ['/etc/own'] });
    expect(made.problems).toEqual([expect.stringContaining('/etc/own of x is not as its package')]);
  });

  it('takes a diverted file from where it was diverted to, under its own name', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'bin'), { recursive: true });
    writeFileSync(join(root, 'bin/x'), 'not ours');
    writeFileSync(join(root, 'bin/x.distrib'), 'ours');
    await using machine = await directoryMachine(root);
    const divertedTo = (path: FilePath) => (path === '/bin/x' ? ('/bin/x.distrib' as FilePath) : undefined);
    const files = { ...base, list: ['/bin', '/bin/x'] as FilePath[] };
    const made = await repack(sample, files, { machine, contents, statOverrides: [], divertedTo });
    execFileSync('dpkg-deb', ['-x', await contents.locate(made.hash ?? ''), join(folder, 'out')]);
    expect(readFileSync(join(folder, 'out/bin/x'), 'utf8')).toBe('ours');
  });

  it('packs names of any length, and names that are not UTF-8', async () => {
    const root = join(folder, 'root');
    const deep = `/${'d'.repeat(90)}/${'e'.repeat(90)}/caf\xe9` as FilePath;
    await mkdir(Buffer.from(root + deep.slice(0, deep.lastIndexOf('/')), 'latin1'), { recursive: true });
    writeFileSync(Buffer.from(root + deep, 'latin1'), 'abc');
    await using machine = await directoryMachine(root);
    const made = await repack(sample, { ...base, list: [deep] }, { machine, contents, ...undiverted });
    execFileSync('dpkg-deb', ['-x', await contents.locate(made.hash ?? ''), join(folder, 'out')]);
    expect(readFileSync(Buffer.from(join(folder, 'out') + deep, 'latin1'), 'utf8')).toBe('abc');
  });

  it('reads all its files in one pass, never one by one', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'usr'), { recursive: true });
    for (const name of ['a', 'b', 'c']) writeFileSync(join(root, 'usr', name), 'abc');
    await using machine = await directoryMachine(root);
    const stream = (): never => {
      throw new Error('a file by itself');
    };
    const files = { ...base, list: ['/usr', '/usr/a', '/usr/b', '/usr/c'] as FilePath[] };
    const made = await repack(sample, files, {
      machine: { ...machine, files: { ...machine.files, stream } },
      contents,
      ...undiverted,
    });
    expect(made.problems).toEqual([]);
    const listing = execFileSync('dpkg-deb', ['-c', await contents.locate(made.hash ?? '')]).toString();
    expect(listing.match(/\.\/usr\/[abc]$/gm)).toHaveLength(3);
  });

  it('gives back what a statoverride took, as far as that is known', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'usr'), { recursive: true });
    writeFileSync(join(root, 'usr/tool'), 'abc', { mode: 0o4755 });
    await using machine = await directoryMachine(root);
    const statOverrides = [{ path: '/usr/tool' as FilePath, user: 'root', group: 'mail', mode: '4755' }];
    const files = { ...base, list: ['/usr/tool'] as FilePath[] };
    const made = await repack(sample, files, { machine, contents, ...undiverted, statOverrides });
    const listing = execFileSync('dpkg-deb', ['-c', await contents.locate(made.hash ?? '')]).toString();
    expect(listing).toMatch(/^-rwxr-xr-x root\/root/);
    expect(made.problems.join()).toContain('dpkg-statoverride');
  });
});

function installed(name: string): InstalledPackage | undefined {
  if (!existsSync('/var/lib/dpkg/status')) return undefined;
  const fields = parseDeb822(readFileSync('/var/lib/dpkg/status', 'utf8')).find((each) => each['Package'] === name);
  const { Version: version, Architecture: architecture } = fields ?? {};
  return fields && version && architecture ? { name, version, architecture, fields } : undefined;
}

function filesOf({ name, architecture }: InstalledPackage): InstalledFiles {
  const stem = existsSync(`${info}/${name}:${architecture}.list`) ? `${name}:${architecture}` : name;
  const kinds = [
    'preinst',
    'postinst',
    'prerm',
    'postrm',
    'config',
    'triggers',
    'shlibs',
    'symbols',
    'templates',
    'md5sums',
  ];
  const control = kinds.flatMap((kind) => {
    const file = `${info}/${stem}.${kind}`;
    return existsSync(file) ? [[kind, readFileSync(file)] as const] : [];
  });
  const list = readFileSync(`${info}/${stem}.list`, 'latin1').split('\n').filter(Boolean) as FilePath[];
  return { list, md5sums: new Map(), conffiles: [], control: new Map(control) };
}

/** What differs between the installed files and the unpacked ones, in a few words each. */
function differences(list: readonly FilePath[], name: string, out: string): string[] {
  return list.flatMap((path) => {
    const real = Buffer.from(diverted(path, name) ?? path, 'latin1');
    const copy = Buffer.from(out + path, 'latin1');
    const [a, b] = [lstatSync(real), lstatSync(copy)];
    if (a.isSymbolicLink() && b.isDirectory()) return [];
    if (a.isSymbolicLink()) return readlinkSync(real) === readlinkSync(copy) ? [] : [`${path}: target`];
    if (a.mode !== b.mode) return [`${path}: mode`];
    if (!a.isFile()) return [];
    const sameDate = Math.floor(a.mtimeMs / 1000) === Math.floor(b.mtimeMs / 1000);
    if (!sameDate || a.nlink !== b.nlink) return [`${path}: date or links`];
    return readFileSync(real).equals(readFileSync(copy)) ? [] : [`${path}: content`];
  });
}

function isReadable(path: FilePath): boolean {
  try {
    if (lstatSync(path).isFile()) readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function readDiversions(): (path: string, owner: string) => string | undefined {
  const file = '/var/lib/dpkg/diversions';
  const lines = existsSync(file) ? readFileSync(file, 'latin1').split('\n') : [];
  return (path, owner) => {
    for (let at = 0; at + 2 < lines.length; at += 3) {
      if (lines[at] === path && lines[at + 2] !== owner) return lines[at + 1];
    }
    return undefined;
  };
}
