import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { planPython } from '../../../src/distributions/python/plan.js';
import { resolvePython } from '../../../src/distributions/python/resolve.js';
import { type PythonLock, pythonLockSchema, pythonManifestSchema } from '../../../src/distributions/python/schema.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import type { LockHalf } from '../../../src/model/lock-half.js';
import { silent } from '../../../src/model/progress.js';
import { withArtifacts } from '../../../src/planning/fetched.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { buildWheel, writeProject } from '../../support/python.js';
import { type PythonIndex, servePythonIndex } from '../../support/python-index.js';
import { hasPip, needsPip } from './packaging.js';

const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
const path = '/srv/env';
const site = '/srv/env/lib/python3.11/site-packages';

let folder: string;
let host: Machine;
let index: PythonIndex;
beforeAll(async () => {
  host = await localMachine();
  folder = mkdtempSync(join(tmpdir(), 'python-resolve-'));
  const wheels = join(folder, 'wheels');
  const add = (name: string, version: string, requires: string[] = []) => {
    const source = join(folder, `${name}-${version}`);
    writeProject(source, name, { version, source: '', requires });
    buildWheel(source, wheels);
  };
  if (hasPip) {
    add('tool', '1.0', ['helper<2; python_version >= "3.6"', 'absent; sys_platform == "win32"']);
    add('tool', '2.0', ['helper>=1', 'other[fast]']);
    for (const version of ['1.0', '1.5', '2.0', '3.0a1']) add('helper', version);
    add('other', '1.0', ['extra-one; extra == "fast"', 'extra-two; extra == "slow"']);
    add('extra-one', '1.0', ['other[fast]']);
    add('both', '1.0', ['other', 'tool>=2']);
    writeFileSync(join(wheels, 'tool-3.0.tar.gz'), 'a source');
    const info = 'Metadata-Version: 2.2\nName: sourced\nVersion: 1.0\nRequires-Dist: helper<2\n';
    mkdirSync(join(folder, 'sourced-1.0'));
    writeFileSync(join(folder, 'sourced-1.0/PKG-INFO'), info);
    execFileSync('tar', ['-C', folder, '-czf', join(wheels, 'sourced-1.0.tar.gz'), 'sourced-1.0']);
  }
  index = await servePythonIndex(wheels);
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(async () => {
  await index[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function resolved(
  packages: string[],
  previous?: PythonLock,
  url = index.url,
  more: { at?: number; below?: LockHalf[] } = {},
): Promise<PythonLock> {
  vi.stubEnv('PIP_INDEX_URL', url);
  vi.stubEnv('PIP_EXTRA_INDEX_URL', '');
  vi.stubEnv('HOME', folder);
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  const environments = [{ path, interpreter: '/usr/bin/python3', python: '3.11.2', packages }];
  const manifest = pythonManifestSchema.parse({ name: 'python', environments });
  const context = { base, libc: 'glibc' as const, host, progress: silent, ...more, ...(previous ? { previous } : {}) };
  return pythonLockSchema.parse((await resolvePython(manifest, context)).lock);
}

const brief = ({ packages }: PythonLock) => packages.map(({ name, version, used }) => [name, version, used]);

describe('a manifest without a lock', () => {
  beforeEach(needsPip);
  it('takes the newest wheels that everybody allows, with what extras bring, and no pre-release', async () => {
    expect(brief(await resolved(['tool==1.0']))).toEqual([
      ['helper', '1.5', false],
      ['tool', '1.0', true],
    ]);
    expect(brief(await resolved(['tool']))).toEqual(brief(await resolved(['tool==2.0'])));
    expect(brief(await resolved(['tool==2']))).toEqual([
      ['extra-one', '1.0', false],
      ['helper', '2.0', false],
      ['other', '1.0', false],
      ['tool', '2.0', true],
    ]);
  });

  it('adds what an extra brings that was asked for after the package itself', async () => {
    expect(brief(await resolved(['both==1.0']))).toContainEqual(['extra-one', '1.0', false]);
  });

  it('reads the older pages of an index, in HTML', async () => {
    await using pages = await servePythonIndex(join(folder, 'wheels'), { html: true });
    const [helper] = (await resolved(['tool==1.0'], undefined, pages.url)).packages;
    expect(helper).toMatchObject({ version: '1.5', wheel: { name: 'helper-1.5-py3-none-any.whl' } });
  });

  it('makes the environment by its interpreter, and installs each wheel by its hash', async () => {
    const lock = await resolved(['helper==1.5']);
    const [wheel] = lock.packages.map((each) => each.wheel);
    const { artifacts, steps } = planPython(lock, { base, libc: 'glibc', epoch: 7 });
    expect(artifacts).toMatchObject([{ artifact: { digest: { value: wheel?.sha256 }, urls: [wheel?.url] } }]);
    expect(steps).toMatchObject([
      { kind: 'run', argv: ['/usr/bin/python3', '-m', 'venv', '--without-pip', path] },
      {
        ...{ kind: 'unpack', content: wheel?.sha256 },
        as: { distribution: 'python', details: { site, prefix: path, interpreter: `${path}/bin/python`, date: 7 } },
      },
    ]);
  });

  it('takes the source of what no wheel is of, whose content is known by no hash until it is built', async () => {
    const lock = await resolved(['sourced']);
    expect(brief(lock)).toEqual([
      ['helper', '1.5', false],
      ['sourced', '1.0', true],
    ]);
    const sourced = lock.packages.find(({ name }) => name === 'sourced');
    expect(sourced?.sdist).toMatchObject({
      name: 'sourced-1.0.tar.gz',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const plan = planPython(lock, { base, libc: 'glibc', epoch: 7 });
    const planned = plan.artifacts?.find(({ name }) => name === 'sourced');
    expect(planned?.artifact).toMatchObject({ key: expect.any(String), urls: [] });
    expect(planned?.artifact.digest).toBeUndefined();
    const step = plan.steps.find((each) => each.kind === 'unpack' && each.content === planned?.artifact.key);
    expect(step).toMatchObject({ as: { distribution: 'python', details: { site } } });
    const found = { file: '/built.whl', sha256: 'b'.repeat(64) };
    const { steps } = withArtifacts(
      { customize: plan.steps, artifacts: plan.artifacts ?? [] },
      new Map(planned ? [[planned, found]] : []),
      folderContents(folder),
    );
    expect(steps).toContainEqual({ ...step, content: found.sha256 });
  });

  it('keeps what was locked and still fits, and asks no index for it', async () => {
    const previous = await resolved(['tool==1.0']);
    const copy = 'c'.repeat(64);
    const packages = previous.packages.map(({ wheel: _wheel, ...each }) => ({
      ...each,
      ...{ certainty: 'repacked' as const, repacked: copy },
    }));
    const before = index.asked.length;
    const lock = await resolved(['helper==1.5', 'tool==1.0'], { ...previous, packages });
    expect(lock.packages.map(({ name, used, repacked }) => [name, used, repacked])).toEqual([
      ['helper', true, copy],
      ['tool', true, copy],
    ]);
    expect(index.asked.length).toBe(before);
    expect(brief(await resolved(['tool==2.0'], { ...previous, packages }))).toContainEqual(['helper', '1.5', false]);
  });

  it.each([
    [['tool==1.0', 'helper==2.0'], 'helper<2, which tool 1.0 requires, does not go with 2.0'],
    [['tool==9'], 'tool==9 cannot be had: no index has a wheel of such a version'],
    [['nothing==1'], 'nothing==1 cannot be had: no index has the project'],
    [['tool==3.0'], 'tool-3.0.tar.gz cannot be read as a source distribution'],
  ])('says why %j cannot be', async (packages, message) => {
    await expect(resolved(packages)).rejects.toThrow(message);
  });

  it('takes what the index had at a time, and says so where it does not tell', async () => {
    const uploaded = (file: string) => (/-[12]\.0-/.test(file) && !file.startsWith('helper-2') ? days[0] : days[1]);
    const days = ['2024-01-01T00:00:00.5Z', '2024-03-01T00:00:00Z'] as const;
    await using dated = await servePythonIndex(join(folder, 'wheels'), { uploaded });
    const at = Date.parse('2024-02-01') / 1000;
    expect(brief(await resolved(['tool'], undefined, dated.url, { at }))).toContainEqual(['helper', '1.0', false]);
    expect(brief(await resolved(['tool'], undefined, dated.url))).toContainEqual(['helper', '2.0', false]);
    await expect(resolved(['tool'], undefined, index.url, { at })).rejects.toThrow('when files were uploaded');
  });

  it('needs of others what it needed before, at the version that they have now', async () => {
    const one = (name: string, version: string) => ({ distribution: 'debian', name, version });
    const requires = [one('python3.11-minimal', '3.11.2-6'), one('python3.9-minimal', '3.9.2')];
    const previous = { ...(await resolved(['helper==1.5'])), requires };
    const below = [{ name: 'debian', packages: [{ name: 'python3.11-minimal', version: '3.11.2-7' }] }];
    const lock = await resolved(['helper==1.5'], previous, undefined, { below });
    expect(lock.requires).toEqual([one('python3.11-minimal', '3.11.2-7')]);
  });

  it('says which index gave no answer', async () => {
    await expect(resolved(['tool==1'], undefined, 'http://127.0.0.1:9/simple')).rejects.toThrow(
      'these indexes gave no answer: http://127.0.0.1:9/simple',
    );
  });
});
