import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packagesFor } from '../../../src/distributions/npm/package-lock.js';
import { planNpm } from '../../../src/distributions/npm/plan.js';
import { npmRequests, requestNpm } from '../../../src/distributions/npm/request.js';
import { resolveNpm } from '../../../src/distributions/npm/resolve.js';
import { npmLockSchema, npmManifestSchema } from '../../../src/distributions/npm/schema.js';
import type { Machine } from '../../../src/machines/machine.js';
import { silent } from '../../../src/model/progress.js';

const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
const integrity = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const had = (name: string, version: string, more: object = {}) => ({
  ...{ version, resolved: `https://user:secret@registry.example/${name}/-/${name}-${version}.tgz`, integrity },
  ...more,
});

/** Cut from what npm 11 wrote. */
const recorded = {
  lockfileVersion: 3,
  packages: {
    '': { dependencies: { tool: '^1', '@scope/kit': '*' } },
    'node_modules/tool': had('tool', '1.2.0', {
      ...{ bin: { tool: './bin/cmd.js' }, dependencies: { dep: '^2', shared: '*' } },
      optionalDependencies: { 'tool-linux-x64': '1.2.0', 'tool-darwin-arm64': '1.2.0', 'tool-musl': '1.2.0' },
    }),
    'node_modules/tool/node_modules/dep': had('dep', '2.0.0', { dependencies: { inner: '*' } }),
    'node_modules/tool/node_modules/inner': had('inner', '1.0.0', { inBundle: true }),
    'node_modules/dep': had('dep', '1.0.0'),
    'node_modules/shared': had('shared', '3.0.0', { os: ['!win32'] }),
    'node_modules/@scope/kit': had('kit', '0.1.0', { dependencies: { dep: '^1', alias: 'npm:real@1' } }),
    'node_modules/alias': had('real', '1.0.0', { name: 'real' }),
    'node_modules/tool-linux-x64': had('x', '1.2.0', { os: ['linux'], cpu: ['x64'], libc: ['glibc'], optional: true }),
    'node_modules/tool-darwin-arm64': had('x', '1.2.0', { os: ['darwin'], optional: true }),
    'node_modules/tool-musl': had('x', '1.2.0', { libc: ['musl'], optional: true, dependencies: { 'only-musl': '*' } }),
    'node_modules/only-musl': had('x', '1.0.0', { optional: true }),
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npm-resolve-'));
});
afterEach(() => rm(folder, { recursive: true }));

const asked: string[][] = [];

/** A machine whose npm writes a lock file that was recorded. */
function hostWith(lock: object, code = 0, said = ''): Machine {
  const run = async (argv: readonly string[], { cwd }: { cwd: string }) => {
    asked.push([...argv]);
    await mkdir(folder, { recursive: true });
    if (code === 0) await writeFile(join(cwd, 'package-lock.json'), JSON.stringify(lock));
    return { exit: { code }, stdout: Buffer.alloc(0), stderr: Buffer.from(said) };
  };
  return { label: 'a test', shell: { run } } as unknown as Machine;
}

const below = [{ name: 'debian', packages: [{ name: 'nodejs', version: '18.20', architecture: 'amd64' }] }];
const manifest = npmManifestSchema.parse(requestNpm(['tool@^1', '@scope/kit']));
const resolve = async (host: Machine, more: object = {}) =>
  npmLockSchema.parse(
    (await resolveNpm(manifest, { base, libc: 'glibc', host, progress: silent, below, ...more })).lock,
  );

describe('packages of Node.js by name', () => {
  it('are those that npm chose for this platform, where Node looks for them', async () => {
    const { packages, trees, node } = await resolve(hostWith(recorded));
    expect(packages.map(({ at, name, version, used }) => [at.slice('/opt/node/'.length), name, version, used])).toEqual(
      [
        ['node_modules/@scope/kit', '@scope/kit', '0.1.0', true],
        ['node_modules/alias', 'real', '1.0.0', false],
        ['node_modules/dep', 'dep', '1.0.0', false],
        ['node_modules/shared', 'shared', '3.0.0', false],
        ['node_modules/tool', 'tool', '1.2.0', true],
        ['node_modules/tool-linux-x64', 'tool-linux-x64', '1.2.0', false],
        ['node_modules/tool/node_modules/dep', 'dep', '2.0.0', false],
      ],
    );
    expect(trees[0]?.links).toEqual([{ path: '/opt/node/node_modules/.bin/tool', target: '../tool/bin/cmd.js' }]);
    expect(node).toEqual([{ distribution: 'debian', name: 'nodejs', version: '18.20', architecture: 'amd64' }]);
    expect(JSON.stringify(packages)).not.toContain('secret');
  });

  it('are those for the C library of the base', async () => {
    const { packages } = await resolve(hostWith(recorded), { libc: 'musl' });
    const names = packages.map(({ name }) => name);
    expect([names.includes('tool-musl'), names.includes('tool-linux-x64')]).toEqual([true, false]);
  });

  it('are unpacked by their digests, programs executable and linked', async () => {
    const lock = await resolve(hostWith(recorded));
    const { artifacts = [], steps } = planNpm(lock, { base, libc: 'glibc', epoch: 9 });
    const digest = { algorithm: 'sha512', value: Buffer.alloc(64, 7).toString('hex') };
    expect(
      artifacts.every(({ artifact }) => artifact.urls.length === 1 && artifact.digest?.value === digest.value),
    ).toBe(true);
    expect(steps.filter(({ kind }) => kind === 'unpack')).toHaveLength(lock.packages.length);
    expect(steps.find((step) => step.kind === 'unpack' && step.path.endsWith('/tool'))).toMatchObject({
      as: { distribution: 'npm', details: { programs: ['bin/cmd.js'] } },
    });
    expect(steps.slice(-2)).toMatchObject([
      { kind: 'directory', path: '/opt/node/node_modules/.bin', mtime: 9 },
      { kind: 'link', path: '/opt/node/node_modules/.bin/tool', target: '../tool/bin/cmd.js' },
    ]);
  });

  it('stay as they are where they are asked for as they are, whatever Node is below', async () => {
    const previous = await resolve(hostWith(recorded));
    const exact = {
      ...manifest,
      trees: manifest.trees.map((tree) => ({ ...tree, packages: ['tool@1.2.0', '@scope/kit@0.1.0'] })),
    };
    const newer = [{ name: 'debian', packages: [{ name: 'nodejs', version: '20.1' }] }];
    const context = { base, libc: 'glibc' as const, host: hostWith({}, 1), progress: silent, below: newer, previous };
    const { lock } = await resolveNpm(exact, context);
    expect(lock).toEqual({ ...previous, node: [{ distribution: 'debian', name: 'nodejs', version: '20.1' }] });
    const trees = previous.trees.map((tree) => ({ ...tree, rest: '0'.repeat(64) }));
    await expect(resolveNpm(manifest, { ...context, previous: { ...previous, trees } })).rejects.toThrow('were traced');
  });

  it('are as of a date where one is given', async () => {
    await resolve(hostWith(recorded), { at: Date.parse('2024-02-01') / 1000 });
    expect(asked.at(-1)).toContain('--before=2024-02-01T00:00:00.000Z');
  });

  it('are refused where their tarballs are not all', async () => {
    const { packages } = recorded;
    const scripted = { ...packages, 'node_modules/dep': had('dep', '1.0.0', { hasInstallScript: true }) };
    await expect(resolve(hostWith({ packages: scripted }))).rejects.toThrow('is not known of dep@1.0.0');
    const unhashed = { ...packages, 'node_modules/dep': { version: '1.0.0' } };
    await expect(resolve(hostWith({ packages: unhashed }))).rejects.toThrow('the registry has no hash of dep@1.0.0');
  });

  it('are told as npm tells it where there are none', async () => {
    const said = 'npm error code ETARGET\nnpm error notarget No matching version found for tool@^99.\n';
    await expect(resolve(hostWith({}, 1, said))).rejects.toThrow('No matching version found for tool@^99.');
  });

  it('need a Node', async () => {
    await expect(resolve(hostWith(recorded), { below: [] })).rejects.toThrow('need a Node, and there is none');
  });
});

it.each([
  ['linux', 'x64', 'musl', ['tool-musl', 'only-musl']],
  ['darwin', 'arm64', 'glibc', ['tool-darwin-arm64']],
  ['win32', 'x64', 'glibc', []],
])('on %s %s %s others are had', (os, cpu, libc, expected) => {
  const found = packagesFor(JSON.stringify(recorded), { os, cpu, libc }).map(({ name }) => name);
  expect(found).toEqual(expect.arrayContaining(expected));
  expect(found).not.toContain('tool-linux-x64');
  expect(found.includes('shared')).toBe(os !== 'win32');
});

it.each([
  ['tool', { name: 'tool', text: 'tool' }],
  ['tool=1.2.3', { name: 'tool', text: 'tool@1.2.3' }],
  ['tool>=1', { name: 'tool', text: 'tool@>=1' }],
  ['@scope/kit@~2', { name: '@scope/kit', text: '@scope/kit@~2' }],
  ['tool@git+https://example.org/x', undefined],
  ['a b', undefined],
])('reads the request %s', (text, request) => {
  expect(npmRequests.parse(text)).toEqual(request);
});
