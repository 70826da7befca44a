import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { condaRecipes } from '../../src/distributions/conda/recipe.js';
import { gitRecipes } from '../../src/distributions/git/recipe.js';
import { npmRecipes } from '../../src/distributions/npm/recipe.js';
import type { NpmPackage } from '../../src/distributions/npm/schema.js';
import { pythonRecipes } from '../../src/distributions/python/recipe.js';
import type { PythonPackage } from '../../src/distributions/python/schema.js';

const context = {
  base: { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' },
  libc: 'glibc',
  epoch: 0,
} as const;
const sha256 = 'a'.repeat(64);

function wheel(name: string, at: string, more: Partial<PythonPackage> = {}): PythonPackage {
  const own = {
    name: `${name}.whl`,
    url: 'https://index.test/x.whl',
    sha256: Buffer.from(name).toString('hex').padEnd(64, '0'),
  };
  return { name, version: '1.0', at, used: true, requested: true, certainty: 'indexed', wheel: own, ...more };
}

it('has pip install wheels of an index into their environment by name and hash, and nothing else', () => {
  const site = '/srv/venv/lib/python3.11/site-packages';
  const [recipe, ...others] = pythonRecipes(
    {
      name: 'python',
      environments: [
        { path: '/srv/venv', site, interpreter: '/usr/bin/python3.11', entries: [] },
        { path: '/srv/target', entries: [] },
      ],
      packages: [
        wheel('six', site),
        wheel('carried', site, { repacked: sha256, certainty: 'repacked' }),
        wheel('odd', site, { version: '1\n--index-url http://evil.test' }),
        wheel('elsewhere', '/srv/target'),
      ],
      indexes: ['https://index.test/simple'],
      requires: [],
    },
    context,
  );
  expect(others).toEqual([]);
  expect(recipe?.files).toEqual({ 'requirements.txt': `six==1.0 --hash=sha256:${'736978'.padEnd(64, '0')}\n` });
  expect(recipe?.packages.map(({ name }) => name)).toEqual(['six']);
  expect(recipe?.words).toEqual({
    interpreter: ['/usr/bin/python3.11'],
    into: ['--python', '/srv/venv/bin/python'],
    indexes: ['--index-url', 'https://index.test/simple'],
  });
});

it.each([
  ['/usr/local/lib/python3.11/dist-packages', '/usr/bin/python3', true],
  ['/opt/conda/lib/python3.12/site-packages', '/opt/conda/bin/python3.12', true],
  ['/usr/lib/python3/dist-packages', '/usr/bin/python3', false],
  ['/srv/lib/python3.11/site-packages', '/usr/bin/python3', false],
])('knows whether pip installs in %s by itself', (path, interpreter, isSo) => {
  const environments = [{ path, interpreter, entries: [] }];
  const recipes = pythonRecipes(
    { name: 'python', environments, packages: [wheel('six', path)], requires: [] },
    context,
  );
  expect(recipes.map(({ words }) => words?.['into'])).toEqual(isSo ? [[]] : []);
});

it('names packages of conda by address and hash, and by version and build', () => {
  const url = 'https://conda.test/forge/linux-64/zlib-1-h0_0.conda';
  const common = {
    name: 'zlib',
    version: '1',
    build: 'h0_0',
    at: '/opt/c',
    used: true,
    file: 'zlib-1-h0_0.conda',
  } as const;
  const packages = [
    { ...common, url, sha256, md5: 'b'.repeat(32), certainty: 'verified' },
    { ...common, name: 'own', url, content: sha256, certainty: 'repacked' },
    { ...common, name: 'hash', url, sha256, certainty: 'verified' },
  ] as const;
  const [recipe] = condaRecipes({ name: 'conda', prefixes: [{ path: '/opt/c' }], packages: [...packages] }, context);
  expect(recipe?.files?.['explicit.txt']).toBe(`@EXPLICIT\n${url}#${'b'.repeat(32)}\n${url}#sha256:${sha256}\n`);
  expect(parse(recipe?.files?.['environment.yml'] ?? '')).toEqual({
    channels: ['https://conda.test/forge', 'nodefaults'],
    dependencies: ['hash=1=h0_0', 'zlib=1=h0_0'],
  });
});

it('has git get a commit from the remotes that can be reached, those that have it first', () => {
  const version = '1'.repeat(40);
  const at = '/srv/code';
  const repository = {
    ...{ name: 'code', version, at, certainty: 'verified', used: true },
    remotes: [
      { name: 'a', url: 'https://a.test/code.git' },
      { name: 'x', url: 'ext::sh -c id' },
      { name: 'b', url: 'https://b.test/code.git', hasCommit: true },
    ],
    checkout: { sha256, size: 1, listing: 'c'.repeat(64), files: 1 },
    folders: [{ path: at, mode: '0755', uid: 5, gid: 6, mtime: 0 }],
    edited: [],
    contents: [],
  };
  const lock = { name: 'git', packages: [repository] } as unknown as Parameters<typeof gitRecipes>[0];
  const [recipe] = gitRecipes(lock, context);
  expect(recipe?.words).toEqual({
    ...{ at: [at], commit: [version], owner: ['5:6'] },
    remotes: ['https://b.test/code.git', 'https://a.test/code.git'],
  });
});

it('has npm install the packages of its own tree, those in others only where these come from there, too', () => {
  const path = '/srv/app/node_modules';
  const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
  const at = (place: string, more: Partial<NpmPackage> = {}): NpmPackage => ({
    ...{ name: place.split('node_modules/').at(-1) ?? '', version: '1.0.0', at: `${path}/${place}`, used: true },
    ...{ resolved: `https://registry.test/${place}.tgz`, integrity, certainty: 'verified', ...more },
  });
  const packages = [
    at('a'),
    at('a/node_modules/@s/b', { version: '2.0.0' }),
    at('own', { certainty: 'repacked' }),
    at('own/node_modules/c'),
    at('alias', { name: 'other' }),
    at('linked', { resolved: 'file:../linked' }),
  ];
  const trees = [{ path, manager: 'npm' } as const, { path: '/srv/p/node_modules', manager: 'pnpm' } as const];
  const [recipe, ...others] = npmRecipes({ name: 'npm', trees, packages, node: [] }, context);
  expect(others).toEqual([]);
  expect(recipe?.packages.map(({ name }) => name)).toEqual(['a', '@s/b']);
  const { packages: locked } = JSON.parse(recipe?.files?.['package-lock.json'] ?? '') as { packages: object };
  expect(locked).toMatchObject({
    '': { dependencies: { a: '1.0.0' } },
    'node_modules/a': { integrity, dependencies: { '@s/b': '2.0.0' } },
    'node_modules/a/node_modules/@s/b': { integrity, version: '2.0.0' },
  });
  expect(Object.keys(locked)).toHaveLength(3);
});
