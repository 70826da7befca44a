import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendRun, checkAppendable, ownSpec } from '../../../src/capture/append.js';
import { capture } from '../../../src/capture/capture.js';
import { hashOutputs } from '../../../src/capture/repeats.js';
import type { CaptureOptions } from '../../../src/capture/request.js';
import { sha256 } from '../../../src/hash.js';
import type { Access } from '../../../src/model/access.js';
import { pathFromText, showPath } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { writeVariant } from '../../../src/resources/bisect/variant.js';
import { layoutOf } from '../../../src/spec/folder/layout.js';
import { writeStandIns } from '../../../src/spec/folder/stand-ins.js';
import { type Merged, mergeSpecifications } from '../../../src/spec/merge/merge.js';
import { readSpecification } from '../../../src/spec/read.js';
import { respecify } from '../../../src/spec/respec/respec.js';
import type { LockedSpecification } from '../../../src/spec/specification.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';

const work = '/home/ada/work';
let root: FixtureRoot;

beforeEach(async () => {
  root = await fixtureRoot();
  await root.file(`${work}/data.csv`, '1,2\n');
});

afterEach(() => root[Symbol.asyncDispose]());

const specAt = (name: string) => join(dirname(root.folder), name);
const written = (path: string): Access => ({ ...access(path, 'written', 'created'), before: 'absent' });
const program = access('/usr/bin/hello', 'executed');

async function trace(name: string, accesses: readonly Access[], argv = ['hello'], options: CaptureOptions = {}) {
  const run = traceOf([program, ...accesses], { argv });
  const outputHashes = [await hashOutputs(run, root.machine)];
  const what = { traces: [run] as const, outputHashes, machine: root.machine, output: specAt(name) };
  return capture({ ...what, options: { repack: 'none', ...options } });
}

async function append(accesses: readonly Access[], argv = ['hello'], options: CaptureOptions = {}) {
  const own = ownSpec(specAt('all.yml'));
  const added = await trace(own.split('/').at(-1) ?? '', accesses, argv, options);
  return appendRun({ source: specAt('all.yml'), added, output: specAt('all.yml'), host: root.machine });
}

async function merge(...names: string[]): Promise<Merged> {
  const specs = await Promise.all(names.map(async (name) => ({ name, spec: await readSpecification(specAt(name)) })));
  return mergeSpecifications({ specs, output: specAt('all.yml'), host: root.machine });
}

/** The package of the root gets another version. */
async function upgrade(): Promise<void> {
  const status = join(root.folder, 'var/lib/dpkg/status');
  await writeFile(status, (await readFile(status, 'utf8')).replace('2.10-3', '2.10-4'));
}

async function read(name = 'all.yml') {
  const spec = await readSpecification(specAt(name));
  const entries = new Map<string, string | undefined>();
  for await (const { path, hash } of spec.snapshot()) entries.set(showPath(path), hash);
  return { ...spec.manifest, lock: spec.lock, entries, spec };
}

describe('what a spec brings in the place of packages', () => {
  const standIn = (evidence: string) =>
    ({ sha256: sha256(evidence), rung: 'built', sameness: 'same-source', evidence }) as const;
  /** As an unpacked bundle has it. */
  const bring = (name: string, standIns: Readonly<Record<string, string>>) =>
    writeStandIns(
      layoutOf(specAt(name)).folder,
      new Map(Object.entries(standIns).map(([known, evidence]) => [sha256(known), standIn(evidence)])),
    );
  const brought = async (name: string) =>
    new Map([...(await read(name)).spec.standIns].map(([known, { evidence }]) => [known, evidence]));

  it('stays in the spec to which a run is added', async () => {
    await trace('all.yml', []);
    await bring('all.yml', { tool: 'ours' });
    await append([]);
    expect(await brought('all.yml')).toEqual(new Map([[sha256('tool'), 'ours']]));
  });

  it('is in specs that are put together, of the first that has it', async () => {
    await trace('one.yml', []);
    await trace('two.yml', []);
    await bring('one.yml', { tool: 'of one' });
    await bring('two.yml', { tool: 'of two', more: 'of two' });
    await merge('one.yml', 'two.yml');
    const expected = [
      [sha256('tool'), 'of one'],
      [sha256('more'), 'of two'],
    ] as const;
    expect(await brought('all.yml')).toEqual(new Map(expected));
  });

  it('stays in a spec that is made anew of it', async () => {
    await trace('one.yml', []);
    await bring('one.yml', { tool: 'ours' });
    const { spec } = await read('one.yml');
    const unchanged = { set: [], add: [], drop: [] };
    await respecify({ spec, ...unchanged, output: specAt('anew.yml'), host: root.machine, progress: silent });
    expect(await brought('anew.yml')).toEqual(new Map([[sha256('tool'), 'ours']]));
  });

  it('is in a spec between two, of the first that has it', async () => {
    await trace('one.yml', []);
    await trace('two.yml', []);
    await bring('one.yml', { tool: 'of one' });
    await bring('two.yml', { tool: 'of two', more: 'of two' });
    const [one, other] = await Promise.all(['one.yml', 'two.yml'].map(async (name) => (await read(name)).spec));
    const folder = dirname(root.folder);
    await writeVariant(one as LockedSpecification, other as LockedSpecification, [], folder);
    expect(await brought('environment.yml')).toEqual(
      new Map([
        [sha256('tool'), 'of one'],
        [sha256('more'), 'of two'],
      ]),
    );
  });
});

describe('a run that is added to a spec', () => {
  it('comes after the others, under a name of its own, with its trace', async () => {
    await trace('all.yml', [access(`${work}/data.csv`, 'read')]);
    await root.file(`${work}/more.csv`, '3,4\n');
    const summary = await append([access(`${work}/more.csv`, 'read')]);
    const { runs, lock, spec } = await read();
    expect(runs.map(({ id, after }) => [id, after])).toEqual([
      ['hello', undefined],
      ['hello-2', 'hello'],
    ]);
    expect(runs.map(({ inputs }) => inputs.map(({ path }) => path))).toEqual([
      [`${work}/data.csv`],
      [`${work}/more.csv`],
    ]);
    expect(Object.keys(lock?.traces ?? {})).toEqual(['hello', 'hello-2']);
    expect((await spec.trace('hello-2'))?.accesses.map(({ path }) => showPath(path))).toContain(`${work}/more.csv`);
    expect(summary).toMatchObject({ run: 'hello-2', runs: ['hello', 'hello-2'], conflicts: [] });
  });

  it('begins the spec where there is none', async () => {
    expect(await append([access(`${work}/data.csv`, 'read')])).toMatchObject({ run: 'hello', runs: ['hello'] });
    expect((await read()).runs).toMatchObject([{ id: 'hello', inputs: [{ path: `${work}/data.csv` }] }]);
  });

  it('leaves no spec of its own behind', async () => {
    await trace('all.yml', []);
    await append([]);
    expect((await readdir(dirname(root.folder))).sort()).toEqual(['all.d', 'all.yml', 'root']);
  });

  it('has what an earlier run made as an input that is not carried', async () => {
    await root.file(`${work}/table.csv`, 'made\n');
    await trace('all.yml', [written(`${work}/table.csv`)]);
    await append([access(`${work}/table.csv`, 'read')], ['hello'], { carryInputs: true });
    const { runs, lock } = await read();
    const origin = { command: ['hello'], run: 'hello' };
    expect(runs[1]?.inputs).toEqual([
      { path: `${work}/table.csv`, sha256: sha256('made\n'), size: 5, from: 'hello', origin },
    ]);
    expect(Object.keys(lock?.contents ?? {})).not.toContain(sha256('made\n'));
  });

  it('does not put a program or a folder into the environment that an earlier run makes', async () => {
    await root.file(`${work}/out/tool`, '#!/bin/sh\n', 0o755);
    await trace('all.yml', [written(`${work}/out`), written(`${work}/out/tool`)]);
    await append([access(`${work}/out`, 'listed'), access(`${work}/out/tool`, 'executed')], ['./out/tool']);
    const { runs, files, entries } = await read();
    expect(files.map(({ path }) => path)).toEqual([]);
    expect([...entries.keys()].filter((path) => path.startsWith(`${work}/out`))).toEqual([]);
    expect(runs[1]?.inputs).toMatchObject([{ path: `${work}/out/tool`, from: 'hello' }]);
  });

  it('says what was changed after an earlier run had made it, and has its own', async () => {
    await root.file(`${work}/tool.sh`, '#!/bin/sh\n', 0o755);
    await trace('all.yml', [written(`${work}/tool.sh`)]);
    await root.file(`${work}/tool.sh`, '#!/bin/sh -e\n', 0o755);
    const { conflicts } = await append([access(`${work}/tool.sh`, 'executed')]);
    expect(conflicts).toEqual([
      `${work}/tool.sh is not what run hello left when run hello-2 used it: it was changed between them.`,
    ]);
    const { runs, lock, entries } = await read();
    const hash = sha256('#!/bin/sh -e\n');
    expect(entries.get(`${work}/tool.sh`)).toBe(hash);
    expect(runs[1]?.inputs).toMatchObject([{ path: `${work}/tool.sh`, sha256: hash, carried: true }]);
    expect(Object.keys(lock?.contents ?? {})).toContain(hash);
  });

  it('decides what a file is that was changed between the runs, and says so', async () => {
    await root.file(`${work}/run.sh`, '#!/bin/sh\n', 0o755);
    await trace('all.yml', [access(`${work}/run.sh`, 'executed')]);
    await root.file(`${work}/run.sh`, '#!/bin/sh -e\n', 0o755);
    const { conflicts } = await append([access(`${work}/run.sh`, 'executed')]);
    expect(conflicts).toEqual([
      `${work}/run.sh is not the same in all.yml and in this run: it is kept as in this run.`,
    ]);
    const { files, entries, lock } = await read();
    expect(files).toMatchObject([{ path: `${work}/run.sh`, sha256: sha256('#!/bin/sh -e\n') }]);
    expect(entries.get(`${work}/run.sh`)).toBe(sha256('#!/bin/sh -e\n'));
    expect(Object.keys(lock?.contents ?? {})).toEqual([sha256('#!/bin/sh -e\n')]);
  });

  it('does not carry any more what is as its package has it again', async () => {
    await root.file('/usr/bin/hello', 'mended by hand', 0o755);
    await trace('all.yml', []);
    expect((await read()).files.map(({ path }) => path)).toEqual(['/usr/bin/hello']);
    await root.file('/usr/bin/hello', 'hello', 0o755);
    expect((await append([])).conflicts).toHaveLength(1);
    expect((await read()).files).toEqual([]);
  });

  it('keeps the contents of a tree that is carried as one', async () => {
    await root.file(`${work}/model/weights`, 'w\n');
    await trace('all.yml', [], ['hello'], { carry: [pathFromText(`${work}/model`)] });
    await append([]);
    const { files, spec } = await read();
    expect(files).toMatchObject([{ path: `${work}/model`, tree: { files: 1 }, carried: true }]);
    expect(await spec.contents.has(sha256('w\n'))).toBe(true);
  });

  it('keeps what was taken away between the runs, and says so', async () => {
    await root.file(`${work}/run.sh`, '#!/bin/sh\n', 0o755);
    await trace('all.yml', [access(`${work}/run.sh`, 'executed')]);
    await rm(`${root.folder}${work}/run.sh`);
    const { conflicts } = await append([access(`${work}/run.sh`, 'absent')]);
    expect(conflicts).toEqual([`${work}/run.sh was there in all.yml and is not in this run: it is kept.`]);
    expect((await read()).files).toMatchObject([{ path: `${work}/run.sh`, carried: true }]);
  });

  it('says nothing of what an earlier run took away or a published rule lets differ', async () => {
    await root.file('/var/log/hello.log', 'one\n');
    const kept = specAt('kept');
    await writeFile(kept, '#!/bin/sh\n');
    const before = { hash: sha256('#!/bin/sh\n'), size: 10, kept };
    await trace('all.yml', [
      access('/var/log/hello.log', 'read'),
      { ...access(`${work}/old`, 'executed', 'removed'), before },
    ]);
    expect((await read()).entries.has(`${work}/old`)).toBe(true);
    await root.file('/etc/hostname', 'other\n');
    expect((await append([access(`${work}/old`, 'absent'), access('/etc/hostname', 'examined')])).conflicts).toEqual(
      [],
    );
  });

  it('is kept in a spec of its own where a package has another version now', async () => {
    await trace('all.yml', []);
    await upgrade();
    await expect(append([])).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('debian hello is 2.10-3 in all.yml, 2.10-4 in this run'),
      remedy: expect.stringContaining(ownSpec(specAt('all.yml'))),
    });
    expect((await read(ownSpec('all.yml'))).runs.map(({ id }) => id)).toEqual(['hello']);
    expect((await read()).runs.map(({ id }) => id)).toEqual(['hello']);
  });

  it('is refused before it runs where the spec has another base', async () => {
    await trace('all.yml', []);
    const base = { ...(await read()).base, release: '13' };
    await expect(checkAppendable(specAt('all.yml'), base as never)).rejects.toMatchObject({
      message: 'the specs have not the same base: release 12 in all.yml, 13 in this system',
    });
    await checkAppendable(specAt('none.yml'), base as never);
  });
});

describe('specs that are put together', () => {
  it('have all runs, files and inputs, each run with a place of its own', async () => {
    await root.file(`${work}/one.sh`, '#!/bin/sh\n', 0o755);
    await trace('one.yml', [access(`${work}/one.sh`, 'executed'), access(`${work}/data.csv`, 'read')], ['one']);
    await root.file(`${work}/two.sh`, '#!/bin/sh -e\n', 0o755);
    await trace('two.yml', [access(`${work}/two.sh`, 'executed')], ['two'], { carryInputs: true });
    await trace('three.yml', [access(`${work}/two.sh`, 'executed')], ['two']);
    const merged = await merge('one.yml', 'two.yml', 'three.yml');
    expect(merged).toMatchObject({ runs: ['one', 'two', 'two-2'], conflicts: [] });
    const { runs, files, lock } = await read();
    expect(runs.map(({ after }) => after)).toEqual([undefined, undefined, undefined]);
    expect(files.map(({ path }) => path)).toEqual([`${work}/one.sh`, `${work}/two.sh`]);
    expect(lock?.distributions).toEqual((await read('one.yml')).lock?.distributions);
    expect(lock?.epoch).toBe((await read('one.yml')).lock?.epoch);
  });

  it('let a run take what a run of another made', async () => {
    await root.file(`${work}/table.csv`, 'made\n');
    await trace('one.yml', [written(`${work}/table.csv`)], ['one']);
    await trace('two.yml', [access(`${work}/table.csv`, 'read')], ['two']);
    await merge('one.yml', 'two.yml');
    expect((await read()).runs[1]?.inputs).toMatchObject([{ path: `${work}/table.csv`, from: 'one' }]);
  });

  it('keep what only happens to have the name of what another made', async () => {
    await root.file(`${work}/local.sh`, '#!/bin/sh\n', 0o755);
    await trace('one.yml', [written(`${work}/local.sh`)], ['one']);
    await root.file(`${work}/local.sh`, '#!/bin/sh -e\n', 0o755);
    await trace('two.yml', [access(`${work}/local.sh`, 'executed')], ['two']);
    expect((await merge('one.yml', 'two.yml')).conflicts).toEqual([]);
    expect((await read()).files).toMatchObject([{ path: `${work}/local.sh`, carried: true }]);
  });

  it('name of three specs the two that contradict each other', async () => {
    const script = (text: string) => root.file(`${work}/run.sh`, `#!/bin/sh\n${text}\n`, 0o755);
    await script('one');
    await trace('one.yml', [access(`${work}/run.sh`, 'executed')], ['one']);
    await trace('two.yml', [access(`${work}/data.csv`, 'read')], ['two']);
    await script('three');
    await trace('three.yml', [access(`${work}/run.sh`, 'executed')], ['three']);
    expect((await merge('one.yml', 'two.yml', 'three.yml')).conflicts).toEqual([
      `${work}/run.sh is not the same in one.yml and in three.yml: it is kept as in three.yml.`,
    ]);
  });

  it('name what was another below the environment, and say nothing of what was the same', async () => {
    await trace('one.yml', [], ['one']);
    await trace('two.yml', [], ['two']);
    expect((await merge('one.yml', 'two.yml')).conflicts).toEqual([]);
    const { kernel = '' } = (await read('one.yml')).platform ?? {};
    const other = (await readFile(specAt('two.yml'), 'utf8')).replace(`kernel: ${kernel}`, 'kernel: 5.10-other');
    await writeFile(specAt('two.yml'), other);
    expect((await merge('one.yml', 'two.yml')).conflicts).toEqual([
      `The kernel was ${kernel} in one.yml and is 5.10-other in two.yml: that of two.yml is recorded.`,
    ]);
  });

  it('may be put together again', async () => {
    await trace('one.yml', [], ['one']);
    await trace('two.yml', [], ['two']);
    await merge('one.yml', 'two.yml');
    expect((await merge('all.yml', 'one.yml')).runs).toEqual(['one', 'two', 'one-2']);
    expect(existsSync(specAt('all.d/traces/one-2.jsonl.gz'))).toBe(true);
  });

  it('name what packages have other versions', async () => {
    await trace('one.yml', []);
    await upgrade();
    await trace('two.yml', []);
    await expect(merge('one.yml', 'two.yml')).rejects.toMatchObject({
      kind: 'usage',
      message: 'packages are not of the same versions: debian hello is 2.10-3 in one.yml, 2.10-4 in two.yml',
    });
    expect(existsSync(specAt('all.yml'))).toBe(false);
  });
});
