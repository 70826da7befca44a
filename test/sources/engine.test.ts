import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sha256 } from '../../src/hash.js';
import { machineFrom } from '../../src/machines/from.js';
import type { FilePath } from '../../src/model/file-path.js';
import { openSource } from '../../src/sources/open.js';
import { layerOf, writeSaved } from '../support/images.js';

/** A list of packages of Debian, as its own manager writes it. */
const status = (name: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nDescription: x\nMaintainer: y\n\n`;

interface TestImage {
  readonly id: string;
  readonly saved: Buffer;
}

let folder: string;
let server: Server;
let asked: string[];
/** Which image has the name now: the engine in this test is one that answers, and keeps nothing. */
let named: TestImage;
let images: Record<'old' | 'new', TestImage>;

function imageOf(name: string): TestImage {
  const members = layerOf('var/', 'var/lib/', 'var/lib/dpkg/', 'var/lib/dpkg/info/', 'usr/', 'etc/', {
    ...{ name: 'var/lib/dpkg/status', content: status(name) },
  });
  const lists = layerOf({ name: `var/lib/dpkg/info/${name}.list`, content: '/.\n/usr\n/usr/x\n' }, 'usr/', {
    ...{ name: 'usr/x', content: name },
  });
  const file = join(folder, `${name}.tar`);
  writeSaved(file, [{ layers: [{ tar: members }, { tar: lists }] }]);
  return { id: `sha256:${sha256(name)}`, saved: readFileSync(file) };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'engine-source-'));
  mkdirSync(join(folder, 'scratch'));
  images = { old: imageOf('old'), new: imageOf('new') };
  named = images.old;
  asked = [];
  server = createServer(({ url = '' }, response) => {
    const path = decodeURIComponent(url.split('?')[0] ?? '');
    const name = /^\/images\/(.+)\/(?:json|get)$/.exec(path)?.[1];
    const image = name === 'app:1' ? named : Object.values(images).find(({ id }) => id === name);
    asked.push(path);
    if (image && path.endsWith('/get')) return void response.end(image.saved);
    const body = image && { Id: image.id, RepoTags: ['app:1'], RootFS: { Layers: [] } };
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
  vi.stubEnv('DOCKER_HOST', `unix://${join(folder, 'socket')}`);
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('TMPDIR', join(folder, 'scratch'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(folder, { recursive: true });
});

const open = (packages: boolean) => openSource({ name: 'x', text: 'docker:app:1' }, { hash: true, packages });
const saves = () => asked.filter((path) => path.endsWith('/get'));

it('asks for an image once, by its id, whatever has its name by then', async () => {
  const { id } = images.old;
  {
    await using source = await open(true);
    named = images.new;
    const owners: (string | undefined)[] = [];
    for await (const batch of source.batches())
      for (const { path, package: owner } of batch) if (path === '/usr/x') owners.push(owner);
    expect(owners).toEqual([expect.stringMatching(/\bold\b/)]);
    const { packages, image } = await source.facts();
    expect(packages).toMatchObject([{ distribution: 'debian', name: 'old', version: '1' }]);
    expect(image?.names).toEqual(['app:1']);
    const content = await source.content?.('/usr/x' as FilePath);
    expect(Buffer.concat((await content?.toArray()) ?? []).toString()).toBe('old');
    expect(asked).toEqual(['/containers/app:1/json', '/images/app:1/json', `/images/${id}/get`]);
  }
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
});

it('is not asked again for an image that is known, and says nothing of another that has its name since', async () => {
  for (const [image, times] of [
    ['old', 1],
    ['old', 1],
    ['new', 2],
  ] as const) {
    named = images[image];
    await using source = await open(true);
    for await (const _ of source.batches());
    expect((await source.facts()).packages).toMatchObject([{ name: image }]);
    expect(saves()).toHaveLength(times);
  }
});

it('puts nothing on disk where only files are asked for', async () => {
  await using source = await open(false);
  const paths: string[] = [];
  for await (const batch of source.batches()) for (const { path } of batch) paths.push(path);
  expect(paths).toContain('/usr/x');
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  expect(saves()).toEqual([`/images/${images.old.id}/get`]);
});

it('gives the same image as a machine, and names what is not there', async () => {
  {
    await using machine = await machineFrom('docker:app:1');
    expect((await machine.files.read('/usr/x' as FilePath)).toString()).toBe('old');
    expect(saves()).toEqual([`/images/${images.old.id}/get`]);
  }
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  await expect(machineFrom('docker:gone')).rejects.toMatchObject({
    message: 'there is no container and no image "gone"',
    remedy: expect.stringMatching(/docker pull gone$/),
  });
});
