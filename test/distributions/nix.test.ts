import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import type { PrefixLock } from '../../src/packaging/prefix/schema.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../capture/fixture-root.js';

let folder: string;
let root: FixtureRoot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nix-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function captured(...paths: readonly string[]) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  const { notes } = await capture({ traces, machine: root.machine, output });
  const { lock } = await readSpecification(output);
  const half = lock?.distributions.find(({ name }) => name === 'nix') as PrefixLock | undefined;
  return { packages: half?.packages ?? [], notes };
}

/** Store paths with what each refers to, in a database as both managers have it. */
async function store(at: string, database: string, references: Readonly<Record<string, readonly string[]>>) {
  const names = Object.keys(references);
  const place = (name: string) => `${at}/${'0123456789abcdfghijklmnpqrsvwxyz'.slice(0, 32)}-${name}`;
  for (const name of names) await root.file(`${place(name)}/bin/file`, name);
  await mkdir(dirname(root.folder + database), { recursive: true });
  const written = join(folder, 'db.sqlite');
  const opened = new sqlite.Database(written);
  opened.exec(`CREATE TABLE ValidPaths (id integer primary key autoincrement not null, path text unique not null,
    hash text not null, registrationTime integer not null, deriver text, narSize integer, ultimate integer, sigs text,
    ca text);
    CREATE TABLE Refs (referrer integer not null, reference integer not null, primary key (referrer, reference));`);
  for (const [index, name] of names.entries())
    opened.run('INSERT INTO ValidPaths (id, path, hash, registrationTime, deriver) VALUES (?, ?, ?, 1, ?)', [
      ...[index + 1, place(name), `sha256:${index}`, name === 'glibc-2.39' ? null : `${place(name)}.drv`],
    ]);
  for (const [index, name] of names.entries())
    for (const other of [...(references[name] ?? []), name])
      opened.run('INSERT INTO Refs VALUES (?, ?)', [index + 1, names.indexOf(other) + 1]);
  opened.close();
  await root.file(database, await readFile(written));
  return place;
}

it.each([
  ['Nix', '/nix/store', '/nix/var/nix/db/db.sqlite', 'user-environment'],
  ['Guix', '/gnu/store', '/var/guix/db/db.sqlite', 'profile'],
])(
  'has of a store of %s what its database says is needed, and of a profile only what was reached',
  async (manager, at, database, profile) => {
    const place = await store(at, database, {
      'hello-2.12.1': ['glibc-2.39'],
      'glibc-2.39': ['bash-static-5.2'],
      'bash-static-5.2': [],
      'unused-1.0': [],
      [profile]: ['hello-2.12.1', 'unused-1.0'],
    });
    const { packages } = await captured(`${place('hello-2.12.1')}/bin/file`, `${place(profile)}/bin/file`);
    expect(packages.map(({ name, used }) => [name, used])).toEqual([
      ['bash-static', false],
      ['glibc', false],
      ['hello', true],
      [profile, true],
    ]);
    const hello = packages.find(({ name }) => name === 'hello');
    expect(hello?.details).toMatchObject({ manager, narHash: 'sha256:0', deriver: `${place('hello-2.12.1')}.drv` });
    expect(packages.every(({ certainty }) => certainty === 'repacked')).toBe(true);
  },
);

it('knows store paths by their names where the database cannot be read, and says so', async () => {
  const place = await store('/gnu/store', '/var/guix/db/db.sqlite', {
    'hello-2.12.1': ['glibc-2.39'],
    'glibc-2.39': [],
  });
  await root.file('/var/guix/db/db.sqlite', 'no database');
  const { packages, notes } = await captured(`${place('hello-2.12.1')}/bin/file`);
  expect(packages.map(({ name, version }) => [name, version])).toEqual([['hello', '2.12.1']]);
  expect(notes).toContainEqual(
    expect.stringMatching(/^What store paths need is not known: \/var\/guix\/db\/db\.sqlite/),
  );
});
