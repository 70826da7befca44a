import { appendFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { sha256 } from '../../src/hash.js';
import type { Resource } from '../../src/model/resource.js';
import { makeOwnSpec, ownSpecEffect, ownSpecSize, readOwnSpec, removeOwnSpec } from '../../src/resources/own-spec.js';
import { manifestDigest } from '../../src/spec/document/manifest.js';
import type { Lock } from '../../src/spec/document/schema.js';
import { layoutOf } from '../../src/spec/folder/layout.js';
import { writeStandIns } from '../../src/spec/folder/stand-ins.js';
import { readSpecification } from '../../src/spec/read.js';
import type { Specification } from '../../src/spec/specification.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../capture/fixture-root.js';

let root: FixtureRoot;
let spec: Specification & { readonly lock: Lock };
beforeEach(async () => {
  root = await fixtureRoot();
  await root.file('/home/ada/work/fit.sh', 'echo fit\n', 0o755);
  const output = join(root.folder, '../original/fit.yml');
  await mkdir(dirname(output));
  const traces = [traceOf([access('/usr/bin/hello', 'executed'), access('/home/ada/work/fit.sh', 'read')])] as const;
  await capture({ traces, machine: root.machine, output, options: { repack: 'none' } });
  spec = await read(output);
});
afterEach(() => root[Symbol.asyncDispose]());

async function read(file: string) {
  const { lock, ...rest } = await readSpecification(file);
  if (!lock) return expect.unreachable('the spec has no lock');
  return { ...rest, lock };
}

const effect = () => ownSpecEffect(join(root.folder, '../inventory'), 'analysis');
const resourceOf = (lock: Lock) =>
  ({ name: 'analysis', spec: spec.file, specDigest: lock.manifest, effects: [effect()] }) as unknown as Resource;

async function all(asked: Specification) {
  const entries = [];
  for await (const entry of asked.snapshot()) entries.push(entry);
  const run = asked.manifest.runs[0]?.id ?? '';
  const hashes = Object.keys(asked.lock?.contents ?? {});
  const contents = await Promise.all(hashes.map(async (hash) => (await asked.contents.locate(hash)) !== ''));
  return { manifest: asked.manifest, lock: asked.lock, entries, trace: await asked.trace(run), contents };
}

describe('the spec that a resource keeps', () => {
  it('says all that the original said, after that is gone', async () => {
    const said = await all(spec);
    expect(said.contents.length).toBeGreaterThan(0);
    expect(said.entries.length).toBeGreaterThan(0);
    await makeOwnSpec(effect(), spec, spec.lock);
    await rm(dirname(spec.file), { recursive: true });
    expect(await all(await readOwnSpec(resourceOf(spec.lock)))).toEqual(said);
  });

  it('has what the original brings in the place of packages', async () => {
    const one = { sha256: sha256('one'), rung: 'built', sameness: 'same-source', evidence: 'its source' } as const;
    const standIns = new Map([[sha256('tool 1.0'), one]]);
    await writeStandIns(layoutOf(spec.file).folder, standIns);
    await makeOwnSpec(effect(), spec, spec.lock);
    expect((await readOwnSpec(resourceOf(spec.lock))).standIns).toEqual(standIns);
  });

  it('takes no space for what is carried while the original is there', async () => {
    await makeOwnSpec(effect(), spec, spec.lock);
    const [hash = ''] = Object.keys(spec.lock.contents);
    const copied = await stat(join(effect().id, 'environment.d/contents', hash));
    expect(copied.ino).toBe((await stat(await spec.contents.locate(hash))).ino);
    expect(await ownSpecSize(resourceOf(spec.lock))).toBeGreaterThan(copied.size);
  });

  it('has the lock that an edited manifest was resolved to, and no more than that names', async () => {
    await appendFile(spec.file, 'absent: [{ path: /usr/bin/hello }]\n');
    await writeFile(join(dirname(spec.file), 'fit.d/contents', 'f'.repeat(64)), 'foreign');
    const edited = await readSpecification(spec.file);
    expect(edited.lock).toBeUndefined();
    const own = await makeOwnSpec(effect(), edited, { ...spec.lock, manifest: manifestDigest(edited.manifest) });
    expect(own.lock?.manifest).toBe(manifestDigest(edited.manifest));
    expect(await readdir(join(effect().id, 'environment.d/contents'))).toEqual(Object.keys(spec.lock.contents));
  });

  it('is not made of a manifest that was edited since it was read', async () => {
    await appendFile(spec.file, 'absent: [{ path: /usr/bin/hello }]\n');
    await expect(makeOwnSpec(effect(), spec, spec.lock)).rejects.toMatchObject({
      message: 'the spec was changed while it was read',
      where: spec.file,
    });
  });

  it('is not led out of its folder by the name of a run in a lock', async () => {
    const file = join(dirname(spec.file), 'fit.d/lock.json');
    const [trace] = Object.values(spec.lock.traces);
    const part = { ...trace, file: 'traces/../../out.jsonl.gz' };
    await writeFile(join(dirname(spec.file), 'out.jsonl.gz'), '');
    await writeFile(file, JSON.stringify({ ...spec.lock, traces: { '../../out': part } }));
    await expect(readSpecification(spec.file)).rejects.toMatchObject({ kind: 'usage', where: file });
  });

  it('takes the place of what a forgotten resource left, and goes whole', async () => {
    await mkdir(join(effect().id, 'environment.d'), { recursive: true });
    await writeFile(join(effect().id, 'environment.d/lock.json'), '{');
    await makeOwnSpec(effect(), spec, spec.lock);
    await readOwnSpec(resourceOf(spec.lock));
    await removeOwnSpec(effect());
    expect(await readdir(dirname(effect().id))).toEqual([]);
  });

  it.each([
    ['is gone', () => removeOwnSpec(effect()), 'there is no such spec'],
    ['was edited', () => appendFile(join(effect().id, 'environment.yml'), 'absent: []\n'), 'it was changed'],
  ])('proves nothing when it %s, and says how to go on', async (_title, spoil, why) => {
    await makeOwnSpec(effect(), spec, spec.lock);
    await spoil();
    await expect(readOwnSpec(resourceOf(spec.lock))).rejects.toMatchObject({
      kind: 'not-proved',
      message: `the spec that 'analysis' keeps cannot be used: ${why}`,
      where: join(effect().id, 'environment.yml'),
      remedy: `make it again: reproman delete analysis, and reproman create --name analysis ${spec.file}`,
    });
  });
});
