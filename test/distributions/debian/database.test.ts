import { chmod, utimes } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseAlternative } from '../../../src/distributions/debian/alternatives.js';
import { closureOf, PackageIndex } from '../../../src/distributions/debian/closure.js';
import { closureFiles } from '../../../src/distributions/debian/closure-files.js';
import { debianDatabases, readDatabase } from '../../../src/distributions/debian/database.js';
import { DiversionMap, parseDiversions } from '../../../src/distributions/debian/diversions.js';
import type { DpkgPackage } from '../../../src/distributions/debian/package.js';
import { parseRelations } from '../../../src/distributions/debian/relations.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { usrLayoutOf } from '../../../src/packaging/usr-layout.js';
import { debianRoot, type TestRoot } from './root.js';

async function open(root: TestRoot) {
  const database = readDatabase(await root.machine.files.gather(debianDatabases));
  if (!database) throw new Error('no database');
  return { database, index: new PackageIndex(database.packages, database.architecture) };
}

function status(...stanzas: string[]) {
  const text = stanzas.map((stanza) => `Status: install ok installed\nVersion: 1\n${stanza}`).join('\n\n');
  const database = readDatabase(new Map([['/var/lib/dpkg/status' as FilePath, Buffer.from(text)]]));
  if (!database) throw new Error('no database');
  const index = new PackageIndex(database.packages, 'amd64');
  return (name: string) => closureOf(index.named(name), index);
}

describe('readDatabase', () => {
  it('leaves removed packages out and keeps both architectures of one', async () => {
    await using root = await debianRoot();
    const { database, index } = await open(root);
    expect(index.named('jq')).toEqual([]);
    expect(index.named('zlib1g').map(({ id, stem }) => [id, stem])).toEqual([
      ['zlib1g:amd64', 'zlib1g:amd64'],
      ['zlib1g:i386', 'zlib1g:i386'],
    ]);
    expect(database.foreignArchitectures).toEqual(['i386']);
    expect(database.statOverrides).toContainEqual({
      user: 'root',
      group: 'messagebus',
      mode: '4754',
      path: '/usr/bin/dbus-daemon',
    });
  });

  it('lays what dpkg has not merged yet over the status', async () => {
    await using root = await debianRoot();
    const journal = 'Package: mawk\nStatus: install ok half-configured\nVersion: 1.3.4-9\nArchitecture: amd64\n';
    await root.write('/var/lib/dpkg/updates/0001', journal);
    await root.write('/var/lib/dpkg/updates/tmp.i', 'Package: broken');
    const [mawk] = (await open(root)).index.named('mawk');
    expect(mawk?.version).toBe('1.3.4-9');
    expect(mawk?.problems).toEqual([expect.stringContaining('unpacked and not configured')]);
  });

  it('tells of a stanza that cannot be read and goes on', () => {
    const text = 'Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n';
    const database = readDatabase(new Map([['/var/lib/dpkg/status' as FilePath, Buffer.from(text)]]));
    expect(database?.packages.map(({ name }) => name)).toEqual(['b']);
    expect(database?.problems).toHaveLength(1);
  });

  it('finds no dpkg where there is none', () => {
    expect(readDatabase(new Map())).toBeUndefined();
  });
});

describe('closureOf', () => {
  it('takes what is used, what that needs, and everything essential', async () => {
    await using root = await debianRoot();
    const { index } = await open(root);
    const { packages, problems } = closureOf(index.named('libpq-dev'), index);
    expect(packages.map(({ id }) => id)).toEqual([
      'base-files:amd64',
      'bash:amd64',
      'dash:amd64',
      'libpq-dev:amd64',
      'zlib1g:amd64',
      'libc6:amd64',
      'libc-bin:amd64',
      'dpkg:amd64',
    ]);
    expect([...problems.values()].flat()).toContainEqual(
      expect.stringMatching(/^It depends on libpq5 .*, which is not installed\.$/),
    );
  });

  it.each([
    ['the same architecture', 'Architecture: i386\nDepends: b', 'b:i386'],
    ['any architecture where it may', 'Architecture: amd64\nDepends: b:any', 'b:amd64'],
    ['a named architecture', 'Architecture: amd64\nDepends: b:i386', 'b:i386'],
    ['the native one for a package of all', 'Architecture: all\nDepends: b', 'b:amd64'],
    ['a foreign helper', 'Architecture: i386\nDepends: tool', 'tool:amd64'],
    ['a provided name', 'Architecture: amd64\nDepends: virtual', 'c:amd64'],
    ['a provided version', 'Architecture: amd64\nDepends: versioned (>= 2)', 'c:amd64'],
    ['the installed one of two', 'Architecture: amd64\nDepends: missing | b (>= 9) | c', 'c:amd64'],
  ])('depends on %s', (_, stanza, expected) => {
    const closure = status(
      `Package: a\n${stanza}`,
      'Package: b\nArchitecture: amd64\nMulti-Arch: allowed',
      'Package: b\nArchitecture: i386\nMulti-Arch: allowed',
      'Package: c\nArchitecture: amd64\nProvides: virtual, versioned (= 2.1)',
      'Package: tool\nArchitecture: amd64\nMulti-Arch: foreign',
    )('a');
    expect(closure.packages.slice(1).map(({ id }) => id)).toEqual([expected]);
    expect(closure.problems.size).toBe(0);
  });

  it('does not let a provision without a version satisfy a dependency with one', () => {
    const closure = status(
      'Package: a\nArchitecture: all\nDepends: v (>= 1)',
      'Package: c\nArchitecture: all\nProvides: v',
    )('a');
    expect([...closure.problems.values()]).toEqual([['It depends on v (>= 1), which is not installed.']]);
  });
});

it('applies diversions and layout to the files of a closure, and dates it by its packages', async () => {
  await using root = await debianRoot();
  await root.write('/usr/bin/pg_config.libpq-dev');
  await root.write('/usr/bin/bash');
  const { database, index } = await open(root);
  const layout = usrLayoutOf(new Set(['/bin', '/sbin', '/lib'] as FilePath[]));
  const diversions = new DiversionMap(database.diversions, layout.canonical);
  const packages = [...index.named('libpq-dev'), ...index.named('bash')];
  const files = await closureFiles(packages, { database, layout, diversions }, root.machine, undefined);
  expect(files.paths).toContain('/usr/bin/pg_config.libpq-dev');
  expect(files.paths).toContain('/usr/bin/bash');
  expect(files.paths).not.toContain('/usr/bin/pg_config');
  expect(files.missing).toContain('/etc/bash.bashrc');
  expect(files.listed.has('/usr/bin/pg_config' as FilePath)).toBe(true);
});

it('dates a closure by the files of its packages, not by when the system was bootstrapped', async () => {
  await using root = await debianRoot();
  const { database, index } = await open(root);
  await root.write('/usr/bin/bash');
  await utimes(`${root.folder}/usr/bin/bash`, 1_700_000_000, 1_700_000_000);
  // Links of a merged /usr and the file list are as new as the bootstrap.
  const layout = usrLayoutOf(new Set(['/bin', '/sbin', '/lib'] as FilePath[]));
  const claimed = { database, layout, diversions: new DiversionMap([], layout.canonical) };
  expect((await closureFiles(index.named('bash'), claimed, root.machine, undefined)).epoch).toBe(1_700_000_000);
});

it('remembers a folder that a package outside the closure lists too, when it is not as installing makes it', async () => {
  await using root = await debianRoot();
  const { database, index } = await open(root);
  await root.write('/usr/bin/bash');
  await chmod(root.folder, 0o751);
  const layout = usrLayoutOf(new Set(['/bin', '/sbin', '/lib'] as FilePath[]));
  const claimed = { database, layout, diversions: new DiversionMap([], layout.canonical) };
  const shared = async (packages: readonly DpkgPackage[]) =>
    (await closureFiles(packages, claimed, root.machine, undefined)).sharedFolders.map(({ path, mode }) => [
      path,
      mode,
    ]);
  expect(await shared(index.named('bash'))).toContainEqual(['/', 0o751]);
  expect(await shared(database.packages)).toEqual([]);
});

it('reads diversions of packages and of people', () => {
  expect(parseDiversions(Buffer.from('/a\n/a.real\n:\n/b\n/b.x\npkg\n'))).toEqual([
    { path: '/a', divertedTo: '/a.real' },
    { path: '/b', divertedTo: '/b.x', by: 'pkg' },
  ]);
});

it('reads an alternative with slaves that a choice does not have', () => {
  const text =
    'manual\n/usr/bin/editor\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n/bin/ed\n-100\n\n/usr/bin/vim\n30\n/v.gz\n\n';
  expect(parseAlternative('editor', Buffer.from(text))).toEqual({
    name: 'editor',
    mode: 'manual',
    link: '/usr/bin/editor',
    slaves: [{ name: 'editor.1.gz', link: '/usr/share/man/man1/editor.1.gz' }],
    choices: ['/bin/ed', '/usr/bin/vim'],
  });
});

it('reads dependency fields, and gives back what it cannot read', () => {
  expect(parseRelations('a (>= 1:2), b:any | c (<< 3~), d [amd64] <!nocheck>, ???')).toEqual({
    groups: [
      [{ name: 'a', constraint: { relation: '>=', version: '1:2' } }],
      [
        { name: 'b', qualifier: 'any' },
        { name: 'c', constraint: { relation: '<<', version: '3~' } },
      ],
      [{ name: 'd' }],
    ],
    unreadable: ['???'],
  });
});
