import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RpmDatabase, readDatabase, rpmDatabases } from '../../../src/distributions/rpm/database.js';
import { headersOfNdb } from '../../../src/distributions/rpm/database-ndb.js';
import { RpmHeader, tag } from '../../../src/distributions/rpm/header.js';
import { signedPartOf } from '../../../src/distributions/rpm/rpm-file.js';
import { sha256 } from '../../../src/hash.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import { gatherReadable } from '../../../src/machines/gather.js';
import { needs } from '../../support/needs.js';
import { buildRpms, rpmIn } from '../../support/rpm.js';

const fixtures = fileURLToPath(new URL('../../fixtures/rpm/', import.meta.url));

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rpm-databases-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function database(): Promise<RpmDatabase | undefined> {
  await using machine = await directoryMachine(root);
  return readDatabase(await gatherReadable(machine, rpmDatabases));
}

async function place(content: string | Buffer, path: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

const sources = [
  { name: 'one', version: '1:2.0~rc1-3', files: { '/usr/bin/one': '#!/bin/sh\n', '/etc/one.conf': 'a\n' } },
  { name: 'two', version: '1-1', architecture: 'x86_64', files: { '/usr/share/two/\u00e9': 'x\n' } },
] as const;

describe('the database of rpm', () => {
  it.each([
    ['ndb', 'Packages.db', '/usr/lib/sysimage/rpm'],
    ['bdb', 'Packages', '/var/lib/rpm'],
  ])('is read in the format %s', async (format, file, folder) => {
    await place(await readFile(join(fixtures, file)), `${folder}/${file}`);
    const found = await database();
    expect(found).toMatchObject({ folder, format, architecture: 'x86_64', problems: [] });
    expect(found?.packages.map(({ id }) => id).sort()).toEqual(['one-1:2.0~rc1-3.noarch', 'two-1-1.x86_64']);
    expect(found?.packages.flatMap(({ files }) => files.map(({ path }) => path)).sort()).toEqual([
      '/etc/one.conf',
      '/usr/bin/one',
      Buffer.from('/usr/share/two/\u00e9').toString('latin1'),
    ]);
  });

  it('has headers that are, as the package had them, what their recorded hash says', async () => {
    for (const blob of headersOfNdb(await readFile(join(fixtures, 'Packages.db')))) {
      const header = new RpmHeader(blob);
      expect(sha256(signedPartOf(header.immutable() ?? Buffer.alloc(0)))).toBe(header.text(tag.sha256Header));
    }
  });

  it('says what cannot be read, and gives the rest', async () => {
    const content = await readFile(join(fixtures, 'Packages.db'));
    const second = content.readUInt32LE(32 + 16 + 8) * 16;
    content.writeUInt32LE(0xffffff, second + 12);
    await place(content, '/var/lib/rpm/Packages.db');
    const found = await database();
    expect(found?.packages).toHaveLength(1);
    expect(found?.problems).toEqual([expect.stringMatching(/Packages\.db cannot be read to its end/)]);
  });

  it.each(['Packages.db', 'Packages', 'rpmdb.sqlite'])('tells of a %s that is none', async (file) => {
    await place('something else', `/var/lib/rpm/${file}`);
    expect(await database()).toMatchObject({ packages: [], problems: [expect.stringContaining(file)] });
  });

  it('is not there where nothing is installed', async () => {
    expect(await database()).toBeUndefined();
  });
});

describe('a database that rpm made', () => {
  beforeEach(needs({ root: true, programs: ['rpm', 'rpmbuild'] }));

  it('is read in the format sqlite, its log included; keys are no packages', async () => {
    await using built = await buildRpms(sources);
    const rpm = rpmIn(root, '/usr/lib/sysimage/rpm');
    execFileSync(rpm[0] ?? '', [...rpm.slice(1), '--install', ...Object.values(built.files)]);
    const listed = execFileSync(rpm[0] ?? '', [...rpm.slice(1), '-qa', '--qf', '%{nevra}\\n'], { encoding: 'utf8' });
    const found = await database();
    expect(found).toMatchObject({ folder: '/usr/lib/sysimage/rpm', format: 'sqlite', problems: [] });
    expect(found?.packages.map(({ id }) => id).sort()).toEqual(listed.trim().split('\n').sort());
  });

  it('is, in the format of Berkeley DB, what rpm itself reads there', async () => {
    await cp(join(fixtures, 'Packages'), join(root, 'Packages'));
    const listed = execFileSync(
      'rpm',
      ['--dbpath', root, '--define', '_db_backend bdb_ro', '-qa', '--qf', '%{nevra}\\n'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(listed.trim().split('\n').sort()).toEqual(['one-1:2.0~rc1-3.noarch', 'two-1-1.x86_64']);
  });
});
