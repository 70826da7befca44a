import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { identifyPaths } from '../../src/identification/identify-paths.js';
import { lookAt } from '../../src/identification/look-at.js';
import { type FilePath, pathFromText, showPath } from '../../src/model/file-path.js';
import { debianRoot } from '../distributions/debian/root.js';
import { writeFiles } from '../support/loop.js';
import { commitAll } from '../support/python.js';

const rpms = fileURLToPath(new URL('../fixtures/rpm/Packages.db', import.meta.url));

const site = 'opt/env/lib/python3.11/site-packages';
const modules = 'opt/app/node_modules';
const checkout = 'srv/checkout';
const rpmDatabase = 'usr/lib/sysimage/rpm/Packages.db';

/** A name that is no UTF-8, as the latin1 view of its bytes. */
const odd = 'caf\u00e9' as FilePath;

/** A file of each kind, and whose it is. */
const owners = {
  '/usr/bin/bash': 'debian bash',
  '/usr/bin/one': 'rpm one',
  [`/${site}/helper/__init__.py`]: 'python helper',
  [`/${site}/other/__init__.py`]: 'python other',
  [`/${modules}/adder/index.js`]: 'npm adder',
  [`/${modules}/taker/index.js`]: 'npm taker',
  [`/${checkout}/run.py`]: 'git checkout',
} as const;

const pythonPackage = (name: string) => ({
  [`${site}/${name}/__init__.py`]: '',
  [`${site}/${name}-1.5.dist-info/METADATA`]: `Name: ${name}\nVersion: 1.5\n`,
  [`${site}/${name}-1.5.dist-info/RECORD`]: `${name}/__init__.py,,\n${name}-1.5.dist-info/METADATA,,\n`,
});

const nodePackage = (name: string) => ({
  [`${modules}/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0' }),
  [`${modules}/${name}/index.js`]: '',
});

function makeAll(folder: string): void {
  writeFiles(folder, {
    ...{ 'usr/bin/bash': '', 'usr/bin/one': '' },
    ...{ 'opt/env/pyvenv.cfg': 'home = /usr/bin\nversion = 3.11.2\n' },
    ...{ ...pythonPackage('helper'), ...pythonPackage('other') },
    ...{ ...nodePackage('adder'), ...nodePackage('taker') },
    [`${checkout}/run.py`]: '',
  });
  mkdirSync(join(folder, rpmDatabase, '..'), { recursive: true });
  copyFileSync(rpms, join(folder, rpmDatabase));
  commitAll(join(folder, checkout));
  // What lies among packages and is none of theirs is no reason to tell anything.
  for (const place of [site, modules, checkout]) {
    execFileSync('mkfifo', [join(folder, place, 'pipe')]);
    writeFileSync(Buffer.from(join(folder, place, odd), 'latin1'), '');
    writeFileSync(join(folder, place, 'large'), '');
    truncateSync(join(folder, place, 'large'), 2 ** 31);
  }
}

/** What stands at a path instead of what was there. */
const instead = {
  nothing: (path: string) => rmSync(path, { recursive: true }),
  'a few bytes': (path: string) => writeFileSync(path, 'RPM\0{"a'),
  'a FIFO': (path: string) => {
    rmSync(path, { recursive: true });
    execFileSync('mkfifo', [path]);
  },
  '2 GB of nothing': (path: string) => truncateSync(path, 2 ** 31),
};

interface Row {
  readonly what: keyof typeof instead;
  readonly path: string;
  /** Whose files are no more known. */
  readonly lost: readonly string[];
  readonly says: RegExp;
}

const metadata = `${site}/helper-1.5.dist-info/METADATA`;

const rows: readonly Row[] = [
  { what: 'a few bytes', path: rpmDatabase, lost: ['rpm one'], says: /rpm database .* cannot be read to its end/ },
  { what: 'a FIFO', path: rpmDatabase, lost: ['rpm one'], says: /Packages\.db cannot be read \(EAGAIN\)/ },
  { what: '2 GB of nothing', path: rpmDatabase, lost: ['rpm one'], says: /Packages\.db cannot be read \(EFBIG\)/ },
  { what: 'nothing', path: metadata, lost: ['python helper'], says: /helper-1\.5\.dist-info names no package/ },
  ...(['a few bytes', 'a FIFO', '2 GB of nothing'] as const).flatMap((what): Row[] => [
    { what, path: metadata, lost: ['python helper'], says: /helper-1\.5\.dist-info/ },
    { what, path: `${site}/helper-1.5.dist-info/RECORD`, lost: ['python helper'], says: /helper-1\.5\.dist-info/ },
    { what, path: `${modules}/adder/package.json`, lost: ['npm adder'], says: /node_modules\/adder/ },
    { what, path: `${checkout}/.git/index`, lost: ['git checkout'], says: /srv\/checkout/ },
  ]),
  ...(['a few bytes', 'a FIFO'] as const).map(
    (what): Row => ({
      what,
      path: `${checkout}/.git/HEAD`,
      lost: ['git checkout'],
      says: /srv\/checkout\/\.git\/HEAD/,
    }),
  ),
];

describe('a machine with software of many kinds, and no tools', () => {
  it("knows them all, and what is nobody's among them", async () => {
    await using root = await debianRoot();
    makeAll(root.folder);
    const { found, notes } = await identified(root);
    expect(Object.fromEntries(Object.keys(owners).map((place) => [place, found(place)]))).toEqual(owners);
    for (const place of [site, modules, checkout]) {
      for (const name of ['pipe', showPath(odd), 'large']) expect(found(`/${place}/${name}`), name).toBe('nobody');
    }
    expect(notes).toEqual([]);
  });

  it.each(rows)('tells of $what at $path, and knows all the others', async ({ what, path, lost, says }) => {
    await using root = await debianRoot();
    makeAll(root.folder);
    instead[what](join(root.folder, path));
    const { found, notes } = await identified(root);
    const lostOwners = Object.entries(owners).filter(([, owner]) => lost.includes(owner));
    const others = Object.entries(owners).filter(([, owner]) => !lost.includes(owner));
    expect(Object.fromEntries(others.map(([place]) => [place, found(place)]))).toEqual(Object.fromEntries(others));
    for (const [place, owner] of lostOwners) expect(found(place), place).not.toBe(owner);
    expect(notes.join('\n')).toMatch(says);
  });
});

async function identified({ machine }: Pick<Awaited<ReturnType<typeof debianRoot>>, 'machine'>) {
  const asked = [...Object.keys(owners), ...[site, modules, checkout].map((place) => `/${place}`)].map(pathFromText);
  const { paths, notes } = await identifyPaths(machine, await lookAt(machine, asked));
  const of = new Map(paths.map((each) => [each.path, each.package]));
  const found = (path: string) => {
    const owner = of.get(path);
    return owner ? `${owner.distribution} ${owner.name}` : of.has(path) ? 'nobody' : 'not looked at';
  };
  return { notes, found };
}
