import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Machine } from '../../src/machines/machine.js';
import { credentialsFor, registryOf } from '../../src/machines/registry-credentials.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reproman-credentials-'));
  vi.stubEnv('DOCKER_CONFIG', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const write = (config: unknown) => writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
const here = {} as Machine;

it.each([
  ['debian:12', 'https://index.docker.io/v1/'],
  ['lab/analysis:1', 'https://index.docker.io/v1/'],
  ['docker.io/lab/analysis', 'https://index.docker.io/v1/'],
  ['localhost/analysis', 'localhost'],
  ['example.org:5000/lab/analysis:1', 'example.org:5000'],
])('knows the registry of %s', (reference, registry) => {
  expect(registryOf(reference)).toBe(registry);
});

it('finds what docker login kept, with a colon in the password, and nothing for another registry', async () => {
  write({ auths: { 'example.org': { auth: Buffer.from('ada:se:cret').toString('base64') } } });
  const found = await credentialsFor('example.org/lab/a:1', here);
  expect(found).toEqual({ username: 'ada', password: 'se:cret', serveraddress: 'example.org' });
  expect(await credentialsFor('example.com/lab/a:1', here)).toBeUndefined();
});

it('asks the helper of a registry, which is told its name on standard input', async () => {
  write({ credHelpers: { 'example.org': 'vault' } });
  const asked: unknown[] = [];
  const run = async (argv: readonly string[], { input }: { input: Buffer }) => {
    asked.push([...argv, input.toString()]);
    return { exit: { code: 0 }, stdout: Buffer.from('{"Username":"ada","Secret":"s"}'), stderr: Buffer.alloc(0) };
  };
  const machine = { shell: { run } } as unknown as Machine;
  expect(await credentialsFor('example.org/a:1', machine)).toMatchObject({ username: 'ada', password: 's' });
  expect(asked).toEqual([['docker-credential-vault', 'get', 'example.org']]);
});

it('needs no settings, and shows nothing of broken ones', async () => {
  expect(await credentialsFor('example.org/a:1', here)).toBeUndefined();
  writeFileSync(join(folder, 'config.json'), '{"auths": "hunter2"');
  const failure = await credentialsFor('example.org/a:1', here).catch((error: unknown) => error);
  expect(String(failure)).toContain('cannot be read');
  expect(String(failure)).not.toContain('hunter2');
});
