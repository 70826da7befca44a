import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { dockerParameters } from '../../../backends/docker/parameters.js';
import { sha256 } from '../../../src/hash.js';
import { engineAddress, engineAddressOn } from '../../../src/machines/engine/address.js';
import { checkEngine } from '../../../src/machines/engine/index.js';
import type { Machine } from '../../../src/machines/machine.js';
import { defaultImage } from '../../../src/model/image-name.js';
import { kindOf, parseParameters } from '../../../src/resources/kind.js';

describe('docker parameters', () => {
  it.each([
    ['analysis', 'reproman/analysis:latest'],
    ['a.b-c_d', 'reproman/a.b-c_d:latest'],
    ['a..b', 'reproman/a-b:latest'],
    ['a_-', 'reproman/a:latest'],
  ])('calls the image of %s %s', (name, image) => {
    expect(defaultImage(name)).toBe(image);
    expect(dockerParameters.safeParse({ image }).success).toBe(true);
  });

  it.each(['lab/x', 'Lab/x:1', 'x:1; rm', '-x:1', 'x:'])('refuses the image %j', async (image) => {
    const kind = await kindOf('docker');
    expect(() => parseParameters(kind, { image })).toThrow('an image with its tag');
  });

  it('says what was meant by a mistyped parameter or backend', async () => {
    const kind = await kindOf('docker');
    expect(() => parseParameters(kind, { imgae: 'x:1' })).toThrow(
      expect.objectContaining({ remedy: "did you mean 'image'?" }),
    );
    await expect(kindOf('dokcer')).rejects.toMatchObject({ remedy: "did you mean 'docker'?" });
  });
});

const here = { isLocal: true } as Machine;

describe('engine', () => {
  it('is where it is asked for, else where the environment says', () => {
    expect(engineAddress('unix:///a', { DOCKER_HOST: 'unix:///b' })).toBe('unix:///a');
    expect(engineAddress(undefined, { DOCKER_HOST: 'unix:///b' })).toBe('unix:///b');
    expect(engineAddress(undefined, { DOCKER_CONFIG: '/nowhere' })).toBe('unix:///var/run/docker.sock');
  });

  it('is that of the context that docker uses', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reproman-engine-'));
    try {
      for (const name of ['far', 'near']) {
        const meta = join(folder, 'contexts/meta', sha256(name));
        await mkdir(meta, { recursive: true });
        const context = { Name: name, Endpoints: { docker: { Host: `unix:///${name}` } } };
        await writeFile(join(meta, 'meta.json'), JSON.stringify(context));
      }
      await writeFile(join(folder, 'config.json'), '{"currentContext":"far"}');
      const environment = { DOCKER_CONFIG: folder };
      expect(engineAddress(undefined, environment)).toBe('unix:///far');
      expect(engineAddress(undefined, { ...environment, DOCKER_CONTEXT: 'near' })).toBe('unix:///near');
      expect(engineAddress(undefined, { ...environment, DOCKER_HOST: 'unix:///b' })).toBe('unix:///b');
      expect(engineAddress(undefined, { ...environment, DOCKER_CONTEXT: 'default' })).toBe(
        'unix:///var/run/docker.sock',
      );
      // Never another engine than the one that was chosen.
      expect(() => engineAddress(undefined, { ...environment, DOCKER_CONTEXT: 'gone' })).toThrow(
        'the context of docker',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is the one of the address, whatever the environment says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reproman-engine-'));
    const server = createServer((_request, response) => response.end('{"Version":"1"}'));
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    try {
      const socket = join(folder, 'socket');
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      expect(await checkEngine(here, `unix://${socket}`)).toEqual({ ready: true, version: '1' });
    } finally {
      vi.unstubAllEnvs();
      server.close();
      await rm(folder, { recursive: true });
    }
  });

  it('says what to do where none answers', async () => {
    expect(await checkEngine(here, 'unix:///nowhere/docker.sock')).toMatchObject({
      ready: false,
      missing: 'no Docker engine answers at unix:///nowhere/docker.sock',
    });
  });

  it('of another machine is the usual one there, and answers through the connection to it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reproman-engine-'));
    const server = createServer((_request, response) => response.end('{"Version":"1"}'));
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    const asked: string[] = [];
    const forward = async (target: string) => {
      asked.push(target);
      return join(folder, 'socket');
    };
    const there = { label: 'there', isLocal: false, forward } as unknown as Machine;
    try {
      await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
      for (const told of [undefined, 'tcp://127.0.0.1:2375'])
        expect(await checkEngine(there, engineAddressOn(there, told))).toEqual({ ready: true, version: '1' });
      expect(asked).toEqual(['/var/run/docker.sock', '127.0.0.1:2375']);
      expect(await checkEngine({ ...there, forward: undefined } as never, 'unix:///x')).toMatchObject({ ready: false });
    } finally {
      vi.unstubAllEnvs();
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
