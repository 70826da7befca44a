import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { debianDatabases, readDatabase } from '../../../src/distributions/debian/database.js';
import { isPlainChange } from '../../../src/distributions/debian/plain.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import { gatherReadable } from '../../../src/machines/gather.js';
import { needs } from '../../support/needs.js';

beforeEach(needs({ programs: ['dpkg-deb'] }));

interface Package {
  /** Fields beside those that every package has. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  /** Modes of folders; all others are 0755. */
  readonly folders?: Readonly<Record<string, number>>;
  /** Scripts and the like, by their names. */
  readonly control?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, Package>>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plain-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tool: Package = { files: ['/usr/bin/tool', '/usr/share/tool/data'] };
const script = '#!/bin/sh\nset -e\n';
/** Has something to run, and something to be told. */
const base: Package = {
  fields: { Depends: 'library' },
  files: ['/usr/sbin/update-base', '/usr/share/base/list'],
  control: { postinst: `${script}update-base --all\n` },
};
const library: Package = { files: ['/usr/lib/library.so'] };

describe('a change of packages', () => {
  it.each<[boolean, string, Packages, Package, Readonly<Record<string, string>>]>([
    [true, 'files alone', { base, library, tool }, tool, {}],
    [true, 'a library that ldconfig is told of', { base, library, tool }, withTrigger('activate-noawait ldconfig'), {}],
    [false, 'one that comes with a script', { base, library, tool }, withControl('postinst', script), {}],
    [
      false,
      'one that comes with settings',
      { base, library, tool },
      withControl('conffiles', '/usr/share/tool/data\n'),
      {},
    ],
    [false, 'one that comes and tells others', { base, library, tool }, withTrigger('activate update-base'), {}],
    [false, 'one that comes and is essential', { base, library, tool }, { ...tool, fields: { Essential: 'yes' } }, {}],
    [false, 'one that had a script', { base, library, tool: withControl('prerm', script) }, tool, {}],
    [false, 'one that wants to be told', { base, library, tool: withTrigger('interest /usr/share/x') }, tool, {}],
    [false, 'one that is essential', { base, library, tool: { ...tool, fields: { Essential: 'yes' } } }, tool, {}],
    [
      false,
      'one that something with a script needs, by way of another',
      { base, library: { ...library, fields: { Depends: 'tool' } }, tool },
      tool,
      {},
    ],
    [
      false,
      'one whose program a script names',
      { base: { ...base, control: { postinst: `${script}if which tool; then tool --all; fi\n` } }, library, tool },
      tool,
      {},
    ],
    [
      true,
      'one whose name is part of a word of a script',
      { base: { ...base, control: { postinst: `${script}update-tool --all\n` } }, library, tool },
      tool,
      {},
    ],
    [false, 'a file of another package', { base, library, tool }, { files: ['/usr/lib/library.so'] }, {}],
    [
      false,
      'files that others are told of',
      { base, library, tool },
      tool,
      { 'triggers/File': '/usr/share/tool base/noawait\n' },
    ],
    [
      false,
      'a file that is diverted',
      { base, library, tool },
      tool,
      { diversions: '/usr/bin/tool\n/usr/bin/old\nbase\n' },
    ],
    [
      false,
      'a folder of another mode',
      { base, library, tool },
      { ...tool, folders: { '/usr/share/tool': 0o700 } },
      {},
    ],
    [
      false,
      'a file of another owner',
      { base, library, tool },
      tool,
      { statoverride: 'root mail 4755 /usr/bin/tool\n' },
    ],
  ])('is plain: %s, of %s', async (expected, _title, packages, comes, more) => {
    installed(packages, more);
    await using machine = await directoryMachine(join(folder, 'root'));
    const database = readDatabase(await gatherReadable(machine, debianDatabases));
    if (!database) throw new Error('no database');
    const gone = database.packages.filter(({ name }) => name === 'tool');
    expect(await isPlainChange({ gone, come: [debOf('tool', comes)] }, database, machine)).toBe(expected);
  });
});

function withControl(name: string, content: string): Package {
  return { ...tool, control: { [name]: content } };
}

function withTrigger(line: string): Package {
  return withControl('triggers', `# by a test\n${line}\n`);
}

/** dpkg's records of packages and their files, in a folder. */
function installed(packages: Packages, more: Readonly<Record<string, string>>): void {
  const stanzas = Object.entries(packages).map(
    ([name, each]) => `${stanzaOf(name, '1', each)}Status: install ok installed\n`,
  );
  write('root/var/lib/dpkg/status', stanzas.join('\n'));
  for (const [name, content] of Object.entries(more)) write(`root/var/lib/dpkg/${name}`, content);
  for (const [name, { files = [], control = {} }] of Object.entries(packages)) {
    write(`root/var/lib/dpkg/info/${name}.list`, ['/.', '/usr', ...files, ''].join('\n'));
    for (const [kind, content] of Object.entries(control)) write(`root/var/lib/dpkg/info/${name}.${kind}`, content);
    for (const file of files) write(`root${file}`, name);
  }
}

function debOf(name: string, each: Package): string {
  write(`${name}/DEBIAN/control`, stanzaOf(name, '2', each));
  for (const [kind, content] of Object.entries(each.control ?? {})) {
    write(`${name}/DEBIAN/${kind}`, content);
    if (content.startsWith('#!')) chmodSync(join(folder, name, 'DEBIAN', kind), 0o755);
  }
  for (const file of each.files ?? []) write(`${name}${file}`, 'new');
  for (const [path, mode] of Object.entries(each.folders ?? {})) chmodSync(join(folder, `${name}${path}`), mode);
  const deb = join(folder, `${name}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', join(folder, name), deb], { stdio: 'pipe' });
  return deb;
}

function stanzaOf(name: string, version: string, { fields = {} }: Package): string {
  const all = { Package: name, Version: version, Architecture: 'amd64', Maintainer: 'A <a@example.org>', ...fields };
  const lines = Object.entries({ ...all, Description: 'for a test' }).map(([key, value]) => `${key}: ${value}\n`);
  return lines.join('');
}

function write(file: string, content: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
