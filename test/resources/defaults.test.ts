import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultParameters, readDefaults } from '../../src/resources/defaults.js';
import { kindOf, parseParameters } from '../../src/resources/kind.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'defaults-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (text: string) => writeFile(join(folder, 'reproman.config.yml'), text);

describe('what is taken where a command is not told', () => {
  it('is nothing where nothing is said', async () => {
    expect(await readDefaults(folder, {})).toEqual({ parameters: {} });
  });

  it('is what the file says, and over it the environment', async () => {
    await config(
      'backend: docker\nparameters: { docker: { image: lab/a:1, host: "tcp://one" }, rootfs: { folder: /x } }\n',
    );
    const defaults = await readDefaults(folder, {});
    expect(defaults.backend).toBe('docker');
    expect((await readDefaults(folder, { REPROMAN_BACKEND: 'rootfs' })).backend).toBe('rootfs');
    const kind = await kindOf('docker');
    const given = defaultParameters(kind, defaults, { REPROMAN_DOCKER_HOST: 'tcp://two' });
    expect(parseParameters(kind, given).backend).toEqual({ image: 'lab/a:1', host: 'tcp://two' });
  });

  it('gives way to what is said', async () => {
    const kind = await kindOf('docker');
    const defaults = defaultParameters(kind, { parameters: { docker: { image: 'lab/a:1' } } }, {});
    expect(parseParameters(kind, { ...defaults, image: 'lab/b:2' }).backend).toEqual({ image: 'lab/b:2' });
  });

  it.each(['backends: docker', 'parameters: [docker]', '- a: [', 'backend: 1'])('is refused as %s', async (text) => {
    await config(text);
    await expect(readDefaults(folder, {})).rejects.toMatchObject({
      kind: 'usage',
      where: join(folder, 'reproman.config.yml'),
    });
  });
});
