import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../src/archives/http.js';
import type { ArchiveService, Place } from '../../../src/archives/service.js';
import { pythonArchives } from '../../../src/distributions/python/old-files.js';
import { sha256 } from '../../../src/hash.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import { localMachine } from '../../../src/machines/local.js';
import type { FilePath } from '../../../src/model/file-path.js';
import type { PlannedPackage } from '../../../src/model/plan.js';
import { asking } from '../../support/asking.js';
import { type PythonIndex, servePythonIndex } from '../../support/python-index.js';

let folder: string;
let index: PythonIndex;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wheels-'));
  index = await servePythonIndex(folder);
});
afterEach(async () => {
  await index[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const gone = 'https://gone.example/packages/ab/cd';
const rest = 'e'.repeat(60);

function planned(content: string, name = 'tool-1.0-py3-none-any.whl'): PlannedPackage {
  const digest = { algorithm: 'sha256', value: sha256(content) } as const;
  const artifact = { name, digest, urls: [`${gone}/${rest}/${name}`], origins: [{ uri: index.url }] };
  return { distribution: 'python', name: 'tool', version: '1.0', used: true, artifact };
}

async function placesOf(
  rung: ArchiveService['rung'],
  wanted: PlannedPackage,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly Place[]> {
  using client = openHttpClient();
  const told: string[] = [];
  await using host = environment['PIP_INDEX_URL'] ? await localMachine() : await directoryMachine(folder);
  const service = pythonArchives(environment, host).find((each) => each.rung === rung);
  const silent = (_planned: PlannedPackage, reason: string) => void told.push(reason);
  const located = await service?.locate([wanted], await asking({ client, silent }));
  return [...(located?.get(wanted) ?? []), ...told.map((evidence) => ({ url: '', evidence }))];
}

describe('a wheel whose address is gone', () => {
  it('is the one that an index lists with its very hash, whatever it is called there', async () => {
    await writeFile(join(folder, 'tool-1.0-1-py3-none-any.whl'), 'the wheel');
    await writeFile(join(folder, 'tool-1.0-py3-none-any.whl'), 'another one');
    const [first] = await placesOf('old-builds', planned('the wheel'));
    expect(first?.url).toContain('/files/tool-1.0-1-py3-none-any.whl');
    expect(first?.evidence).toContain('with this very hash');
  });

  it('is looked for at the path that it had at mirrors of the layout', async () => {
    const base = index.url.replace('/simple', '');
    const found = await placesOf('old-builds', planned('the wheel'));
    expect(found.map(({ url }) => url)).toEqual([`${base}/packages/ab/cd/${rest}/tool-1.0-py3-none-any.whl`]);
  });

  it('is looked for by its hash too, and nowhere else, where archives are set for this', async () => {
    const hash = sha256('the wheel');
    const base = index.url.replace('/simple', '');
    const found = await placesOf('old-builds', planned('the wheel'), { REPROMAN_PYTHON_ARCHIVES: `${base}/kept` });
    const file = 'tool-1.0-py3-none-any.whl';
    expect(found.map(({ url }) => url)).toEqual([
      `${base}/kept/packages/ab/cd/${rest}/${file}`,
      `${base}/kept/packages/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash.slice(4)}/${file}`,
    ]);
    expect(pythonArchives({ REPROMAN_PYTHON_ARCHIVES: '' }, await directoryMachine(folder))).toEqual([]);
  });

  it('is not known to be nowhere while an index does not answer', async () => {
    await index[Symbol.asyncDispose]();
    const found = await placesOf('old-builds', planned('the wheel'));
    expect(found.at(-1)?.evidence).toContain('gave no answer');
    index = await servePythonIndex(folder);
  });

  it('is of the nearest version that is for the same Pythons and platforms, by the hash that the index has', async () => {
    await writeFile(join(folder, 'tool-0.9-py3-none-any.whl'), 'older');
    await writeFile(join(folder, 'tool-1.0.post1-cp311-cp311-linux_x86_64.whl'), 'for others');
    await writeFile(join(folder, 'tool-1.2-py3-none-any.whl'), 'newer');
    const [first, ...more] = await placesOf('nearest', planned('the wheel'));
    expect(more).toEqual([]);
    expect(first).toMatchObject({ version: '1.2', digest: { algorithm: 'sha256', value: sha256('newer') } });
  });
});

describe('a package whose hash is not known', () => {
  const at = '/srv/env/lib/python3.11/site-packages' as FilePath;
  const artifact = { name: 'tool-1.0.tar.gz', key: sha256('tool 1.0'), urls: [] };
  const unknown: PlannedPackage = { distribution: 'python', name: 'tool', version: '1.0', at, used: true, artifact };
  beforeEach(async () => {
    const files = ['tool-1.0-py3-none-any.whl', 'tool-1.0.0-1-cp311-cp311-linux_x86_64.whl', 'tool-1.0.tar.gz'];
    const others = ['tool-1.0-cp310-cp310-linux_x86_64.whl', 'tool-1.1-py2-none-any.whl', 'tool-1.2-py3-none-any.whl'];
    for (const file of [...files, ...others]) await writeFile(join(folder, file), file);
  });

  it('is had as a wheel of its version for its Python, by the hash that the index has', async () => {
    const found = await placesOf('old-builds', unknown, { PIP_INDEX_URL: index.url });
    expect(found.map(({ digest }) => digest?.value)).toEqual([
      sha256('tool-1.0.0-1-cp311-cp311-linux_x86_64.whl'),
      sha256('tool-1.0-py3-none-any.whl'),
    ]);
    expect(found[0]?.evidence).toContain('as a wheel of this version');
  });

  it('is had, and its nearest version, as what runs with the C library of the base', async () => {
    for (const platform of ['manylinux_2_17_x86_64', 'musllinux_1_1_x86_64']) {
      for (const version of ['1.0', '1.1'])
        await writeFile(join(folder, `tool-${version}-cp311-cp311-${platform}.whl`), `${version} ${platform}`);
    }
    await rm(join(folder, 'tool-1.0.0-1-cp311-cp311-linux_x86_64.whl'));
    const onMusl = { ...unknown, artifact: { ...artifact, libc: 'musl' as const } };
    const had = async (wanted: PlannedPackage, rung: ArchiveService['rung']) =>
      (await placesOf(rung, wanted, { PIP_INDEX_URL: index.url })).map(({ digest }) => digest?.value);
    const [glibc, musl] = ['1.0 manylinux_2_17_x86_64', '1.0 musllinux_1_1_x86_64'].map(sha256);
    const anywhere = sha256('tool-1.0-py3-none-any.whl');
    expect(await had(unknown, 'old-builds')).toEqual([glibc, anywhere]);
    expect(await had(onMusl, 'old-builds')).toEqual([musl, anywhere]);
    expect(await had(unknown, 'nearest')).toEqual([sha256('1.1 manylinux_2_17_x86_64')]);
    expect(await had(onMusl, 'nearest')).toEqual([sha256('1.1 musllinux_1_1_x86_64')]);
  });

  it('is of the nearest version that its Python can have', async () => {
    const found = await placesOf('nearest', unknown, { PIP_INDEX_URL: index.url });
    expect(found.map(({ version }) => version)).toEqual(['1.2']);
  });
});
