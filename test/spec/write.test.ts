import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkReplaceable } from '../../src/spec/folder/replaceable.js';
import { draftSpecification } from '../../src/spec/write.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-'));
  file = join(folder, 'environment.yml');
  await writeFile(file, 'version: 1\nbase: {}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a spec whose replacement was killed', () => {
  const aside = (name: string, text: string) => leave(`.environment.d.${spawnSync('true').pid}-0a1b2c3d.${name}`, text);
  const leave = async (name: string, text: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'lock.json'), text);
  };

  it('gets its folder back, which was moved aside already', async () => {
    await aside('before', 'old');
    await aside('part', 'half-made');
    await (await draftSpecification(file))[Symbol.asyncDispose]();
    expect((await readdir(folder)).sort()).toEqual(['environment.d', 'environment.yml']);
    expect(await readFile(join(folder, 'environment.d', 'lock.json'), 'utf8')).toBe('old');
  });

  it('keeps the new folder where that is in place', async () => {
    await leave('environment.d', 'new');
    await aside('before', 'old');
    await (await draftSpecification(file))[Symbol.asyncDispose]();
    expect((await readdir(folder)).sort()).toEqual(['environment.d', 'environment.yml']);
    expect(await readFile(join(folder, 'environment.d', 'lock.json'), 'utf8')).toBe('new');
  });
});

it('refuses a folder that cannot be written', async () => {
  // The kernel's own: root may not write there either.
  await expect(checkReplaceable('/proc/environment.yml')).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('cannot be written'),
  });
});

it.each([
  ['packages alone', 'version: 1\npackages: [jq]\n'],
  ['distributions alone', 'version: 1\ndistributions:\n  - name: debian\n    packages: [{ name: jq }]\n'],
  ['a base', 'version: 1\nbase: {}\n'],
])('replaces a spec that was written by hand with %s', async (_, text) => {
  await writeFile(file, text);
  await expect(checkReplaceable(file)).resolves.toBeUndefined();
});

it.each([
  ['of ReproZip', "version: '1.1'\nruns: []\npackages: []\n"],
  ['of snapcraft', "version: '2.0'\nbase: core24\n"],
  ['with a version alone', 'version: 1\n'],
  ['without a version', 'packages: [jq]\n'],
])('leaves a file %s as it is', async (_, text) => {
  await writeFile(file, text);
  await expect(checkReplaceable(file)).rejects.toThrow('a file that is not a spec of reproman is in the way');
});
