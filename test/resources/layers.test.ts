import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContentFolder, openStore } from '../../src/archives/store.js';
import { openTreeCache } from '../../src/archives/trees.js';
import { sha256 } from '../../src/hash.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Plan, PlannedPackage, Step } from '../../src/model/plan.js';
import type { ProgressEvent } from '../../src/model/progress.js';
import { isOfUnusableTree, type KeptLayer, layersOf, stackOf } from '../../src/resources/layers.js';

let folder: string;
let store: ContentFolder;
let told: ProgressEvent[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layers-'));
  store = await openStore(folder);
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const jq: PlannedPackage = {
  distribution: 'debian',
  name: 'jq',
  version: '1.6',
  used: true,
  artifact: { name: 'jq.deb', urls: [] },
};

function planOf(packages: readonly PlannedPackage[], customized: string): Plan {
  const bootstrap = { distribution: 'debian', release: '12', architecture: 'amd64', epoch: 1, packages, details: {} };
  const rest = {
    artifacts: [],
    layers: [],
    customize: [],
    environment: {},
    cwd: '/' as FilePath,
    user: { uid: 0, gid: 0, groups: [] },
  };
  return { digest: sha256(JSON.stringify([bootstrap, customized])), bootstrap, ...rest };
}

function open(plan: Plan, { tool = '1.0.0', place = folder, commit = false } = {}) {
  return layersOf({
    ...{ trees: openTreeCache({ folder: place }), store, plan, tool, withFormers: true },
    backend: { name: 'stub', ...(commit && { commit: async () => ({}) }) },
    progress: (event) => told.push(event),
  });
}

const found = (content: string) => new Map([[jq, { file: '', sha256: sha256(content) }]]);

async function keep(layer: KeptLayer | undefined, text: string): Promise<void> {
  await using keeping = layer?.keep();
  const tree = keeping?.copy(Readable.from([Buffer.from(text)], { objectMode: false }));
  if (tree) await buffer(tree);
  await keeping?.commit();
}

async function take(layer: KeptLayer | undefined): Promise<string | undefined> {
  const tree = await layer?.take();
  return tree && (await buffer(tree)).toString();
}

it('gives both halves of the same plan back, and says which was taken', async () => {
  const layers = open(planOf([jq], 'a wheel'));
  await keep(layers.bare(found('jq')), 'bare');
  await keep(layers.finished, 'finished');
  const again = open(planOf([{ ...jq }], 'a wheel'));
  expect(await take(again.finished)).toBe('finished');
  expect(told).toEqual([
    { kind: 'note', message: 'the finished system was built before, and is taken from the cache' },
  ]);
});

it('begins with the bare system when only what is put on it has changed', async () => {
  const layers = open(planOf([jq], 'a wheel'));
  await keep(layers.bare(found('jq')), 'bare');
  await keep(layers.finished, 'finished');
  const other = open(planOf([jq], 'another wheel'));
  expect(await take(other.finished)).toBeUndefined();
  expect(await take(other.bare(found('jq')))).toBe('bare');
});

it.each([
  ['another package', planOf([{ ...jq, version: '1.7' }], ''), 'jq', '1.0.0'],
  ['another copy of a package', planOf([jq], ''), 'repacked jq', '1.0.0'],
  ['another version of the tool', planOf([jq], ''), 'jq', '1.0.1'],
])('builds the bare system anew for %s', async (_title, plan, content, tool) => {
  await keep(open(planOf([jq], '')).bare(found('jq')), 'bare');
  const [planned] = plan.bootstrap.packages;
  const artifacts = new Map(planned ? [[planned, { file: '', sha256: sha256(content) }]] : []);
  expect(await take(open(plan, { tool }).bare(artifacts))).toBeUndefined();
});

it('knows what the bare systems of other plans were built from, the one that was of use last first', async () => {
  const older = planOf([{ ...jq, version: '1.5' }], '');
  for (const plan of [older, planOf([jq], '')]) {
    const [planned] = plan.bootstrap.packages;
    const artifacts = new Map(planned ? [[planned, { file: '', sha256: sha256(planned.version) }]] : []);
    await keep(open(plan).bare(artifacts), planned?.version ?? '');
  }
  await keep(open(older, { tool: '0.9.0' }).bare(found('jq')), 'of another version of the tool');
  const formers: unknown[] = [];
  const own = open(older).bare(found('jq'));
  for await (const { plan, found: hashes, locate } of own.formers())
    formers.push([plan, hashes, readFileSync((await locate()) ?? '', 'utf8')]);
  expect(formers).toEqual([
    [planOf([jq], '').bootstrap, [sha256('1.6')], '1.6'],
    [older.bootstrap, [sha256('1.5')], '1.5'],
  ]);
});

it('has no finished tree of a backend that makes its own layers', () => {
  expect(open(planOf([jq], ''), { commit: true }).finished).toBeUndefined();
});

it('tells why a tree cannot be kept or looked for, and fails nothing', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const layer = open(planOf([jq], ''), { place: file }).bare(found('jq'));
  await keep(layer, 'bare');
  expect(await take(layer)).toBeUndefined();
  expect(told).toEqual([
    { kind: 'note', message: expect.stringMatching(/^the bare system is not kept for the next time: ENOTDIR/) },
    {
      kind: 'note',
      message: expect.stringMatching(/^whether the bare system was built before cannot be read: ENOTDIR/),
    },
  ]);
});

it('knows a failure for want of a tree behind the complaint of who was given it', async () => {
  const layer = open(planOf([jq], '')).bare(found('jq'));
  await keep(layer, 'bare');
  const tree = await layer.take();
  const [kept] = await openTreeCache({ folder }).entries();
  writeFileSync(kept?.file ?? '', 'ba');
  const cause: unknown = tree && (await buffer(tree).catch((error: unknown) => error));
  expect(isOfUnusableTree(new Error('Unpacking failed', { cause }))).toBe(true);
  expect(isOfUnusableTree(new Error('Unpacking failed'))).toBe(false);
});

describe('layers that resources share', () => {
  const write = (path: string, content: string): Step => ({
    ...{ kind: 'write', path: path as FilePath, content, mode: 0o644, uid: 0, gid: 0, mtime: 1, reason: content },
  });
  const layers = [
    { kind: 'npm', steps: 1 },
    { kind: 'python', steps: 2 },
  ];
  const plan = { ...planOf([jq], ''), layers };
  const stack = (steps: readonly Step[], jqContent = 'jq') =>
    stackOf({ steps, plan, artifacts: found(jqContent), tool: '1.0.0' });
  const steps = [write('/npm', 'a'), write('/six', 'b'), write('/numpy', 'c'), write('/srv/own', 'd')];

  it('are of one kind of packages each, and of nothing that the spec itself adds', () => {
    expect(stack(steps).map(({ kind, done }) => [kind, done])).toEqual([
      ['base', 0],
      ['npm', 1],
      ['python', 3],
    ]);
  });

  it('stay those below a package that changes, and are others from there on', () => {
    const keys = stack(steps).map(({ key }) => key);
    const changed = steps.with(1, write('/six', 'B'));
    const other = stack(changed).map(({ key }) => key);
    expect(other.slice(0, 2)).toEqual(keys.slice(0, 2));
    expect(other[2]).not.toBe(keys[2]);
    const own = stack(steps.with(3, write('/srv/own', 'D'))).map(({ key }) => key);
    expect(own).toEqual(keys);
    expect(stack(steps, 'another jq').some(({ key }) => keys.includes(key))).toBe(false);
  });
});
