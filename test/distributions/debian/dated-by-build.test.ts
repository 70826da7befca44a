import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { debianDatabases, readDatabase } from '../../../src/distributions/debian/database.js';
import { datedByBuild } from '../../../src/distributions/debian/dated-by-build.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import { gatherReadable } from '../../../src/machines/gather.js';
import { needs } from '../../support/needs.js';

beforeEach(needs({ programs: ['dpkg-deb'] }));

const epoch = 1_700_000_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dated-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Of two packages: one that is as new as the epoch, and one that is older. */
async function dated(change?: () => void, debEpoch = epoch): Promise<readonly string[] | undefined> {
  const young = { '/usr/bin/young': 'young', '/usr/bin/other-name': undefined, '/etc/young.conf': 'as it came' };
  const old = { '/usr/bin/old': 'old', '/usr/share/old': 'old' };
  for (const [files, at] of [[young, debEpoch] as const, [old, epoch - 1000] as const]) {
    for (const root of ['root', at === debEpoch ? 'young' : 'old']) {
      for (const [path, text] of Object.entries(files)) {
        if (text === undefined) linkSync(join(folder, root, 'usr/bin/young'), join(folder, `${root}${path}`));
        else write(`${root}${path}`, text, Math.min(at, epoch));
      }
    }
  }
  for (const name of ['young', 'old'])
    write(`root/var/lib/dpkg/info/${name}.list`, listOf(name === 'young' ? young : old));
  write(
    'root/var/lib/dpkg/status',
    ['young', 'old'].map((name) => `${stanzaOf(name)}Status: install ok installed\n`).join('\n'),
  );
  write('root/usr/lib/made.cache', 'made');
  write('root/usr/share/old', 'changed when it was built');
  if (debEpoch > epoch) utimesSync(join(folder, 'young/usr/bin/young'), debEpoch, debEpoch);
  const debs = new Map(['young', 'old'].map((name) => [name, debOf(name)]));
  change?.();
  await using machine = await directoryMachine(join(folder, 'root'));
  const database = readDatabase(await gatherReadable(machine, debianDatabases));
  if (!database) throw new Error('no database');
  const found = await datedByBuild({ epoch, database, machine, debOf: ({ name }) => debs.get(name) });
  return found?.toSorted();
}

const made = [
  '/usr/lib/made.cache',
  '/usr/share/old',
  '/var/lib/dpkg/info/old.list',
  '/var/lib/dpkg/info/young.list',
  '/var/lib/dpkg/status',
];

it('is what the build made or changed, and not what a package as new has of itself, by whatever name', async () => {
  expect(await dated()).toEqual(made);
});

it('is also what the build changed of a package as new', async () => {
  const change = () => write('root/etc/young.conf', 'other');
  expect(await dated(change)).toEqual(['/etc/young.conf', ...made]);
});

it('cannot be told where a package is newer', async () => {
  expect(await dated(undefined, epoch + 5)).toBeUndefined();
});

it('cannot be told of what is diverted', async () => {
  const change = () => write('root/var/lib/dpkg/diversions', '/usr/bin/young\n/usr/bin/young.real\nold\n');
  expect(await dated(change)).toBeUndefined();
});

function listOf(files: Readonly<Record<string, unknown>>): string {
  return ['/.', '/usr', ...Object.keys(files), ''].join('\n');
}

function debOf(name: string): string {
  write(`${name}/DEBIAN/control`, stanzaOf(name));
  const deb = join(folder, `${name}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', join(folder, name), deb], { stdio: 'pipe' });
  return deb;
}

function stanzaOf(name: string): string {
  return `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: for a test\n`;
}

function write(file: string, content: string, at = epoch): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, at, at);
}
