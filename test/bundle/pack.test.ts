import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContentFolder } from '../../src/archives/store.js';
import { packBundle } from '../../src/bundle/pack.js';
import type { Machine } from '../../src/machines/machine.js';
import type { Lock } from '../../src/spec/document/schema.js';
import { specOf, traceOf } from '../proof/trees.js';
import { deb, debianHalf } from '../spec/differences/specs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pack-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const unindexed = (name: string) => ({ ...deb(name, '1.0'), certainty: 'version-only', sha256: undefined });
const python = {
  ...{ name: 'python', environments: [], requires: [] },
  packages: ['late', 'early'].map((name) => ({
    ...{ name, version: '1.0', at: '/srv/env/lib/python3.11/site-packages', used: true, requested: true },
    certainty: 'version-only',
  })),
};

/** What a pack says of a lock that has no hash of four packages; it may neither ask for nor build any. */
function packed(options: Pick<Parameters<typeof packBundle>[0], 'exclude' | 'require'>, early: object = {}) {
  const half = debianHalf([deb('jq', '1.6'), unindexed('ours'), unindexed('also')] as never);
  const packages = python.packages.map((each) => (each.name === 'early' ? { ...each, ...early } : each));
  const lock = {
    distributions: [half, { ...python, packages }],
    epoch: 0,
    contents: {},
    traces: {},
  } as unknown as Lock;
  const spec = specOf({ origin: [], trace: traceOf([]), lock });
  const untouched = new Proxy({}, { get: (_, name) => expect.unreachable(`${String(name)} was used`) });
  return packBundle({
    ...{ spec, lock, output: join(folder, 'a.repro'), ...options },
    ...{ host: untouched as Machine, store: untouched as ContentFolder },
  });
}

it('names all packages that could not be known again in a bundle before any is fetched, and how to leave them out', async () => {
  await expect(packed({})).rejects.toMatchObject({
    kind: 'not-rebuildable',
    message: expect.stringContaining(': debian:also, debian:ours, python:early, python:late'),
    remedy: expect.stringMatching(
      /--exclude debian:also --exclude debian:ours --exclude python:early --exclude python:late$/,
    ),
  });
});

it('says that what is known by its version may be built, and only names what may not where that is enough', async () => {
  await expect(packed({ exclude: ['debian'] })).rejects.toMatchObject({
    message: expect.stringMatching(/: python:early, python:late$/),
    remedy: expect.stringMatching(/--require same-source.*--exclude python:early --exclude python:late$/),
  });
  const least = packed({ require: 'same-source' });
  await expect(least).rejects.toMatchObject({
    message: expect.stringMatching(/: debian:also, debian:ours$/),
    remedy: expect.not.stringContaining('--require'),
  });
});

it.each([
  ['version', { version: '1.0\u001b[31m' }, String.raw`the version of "python:early" "1.0\u001b[31m"`],
  ['name', { name: 'ea\u009brly' }, String.raw`the name of "python:ea\u009brly" "1.0"`],
])('refuses a package whose %s no reader would take, before any is fetched', async (_field, said, shown) => {
  for (const exclude of [[], ['*']])
    await expect(packed({ exclude }, said)).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: expect.stringContaining(shown),
    });
});
