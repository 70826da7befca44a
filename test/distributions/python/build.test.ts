import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../src/archives/http.js';
import { openStore } from '../../../src/archives/store.js';
import { apkBase } from '../../../src/distributions/apk/base.js';
import { debianBase } from '../../../src/distributions/debian/base.js';
import { buildPython } from '../../../src/distributions/python/build.js';
import { planPython } from '../../../src/distributions/python/plan.js';
import type { PythonLock } from '../../../src/distributions/python/schema.js';
import { rpmBase } from '../../../src/distributions/rpm/base.js';
import { sha256 } from '../../../src/hash.js';
import type { PlannedPackage } from '../../../src/model/plan.js';
import { silent } from '../../../src/model/progress.js';
import type { Base } from '../../../src/packaging/base-system.js';
import type { BuildRecipe } from '../../../src/packaging/source-builder.js';
import { asking } from '../../support/asking.js';
import { type PythonIndex, servePythonIndex } from '../../support/python-index.js';

const site = '/srv/env/lib/python3.11/site-packages';
const epoch = Date.parse('2021-06-01') / 1000;
const base: Base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' };
const project = '[build-system]\nrequires = ["maker"]\nbuild-backend = "maker"\n';

let folder: string;
let files: string;
let index: PythonIndex;
let refused: Map<string, string>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'python-build-'));
  files = join(folder, 'files');
  mkdirSync(files);
  index = await servePythonIndex(files);
  refused = new Map();
});
afterEach(async () => {
  await index[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Puts a source on the index. */
function source(name: string, parts: Readonly<Record<string, string>>): Buffer {
  for (const [path, text] of Object.entries(parts)) {
    mkdirSync(dirname(join(folder, `${name}-1.0`, path)), { recursive: true });
    writeFileSync(join(folder, `${name}-1.0`, path), text);
  }
  const file = join(files, `${name}-1.0.tar.gz`);
  execFileSync('tar', ['-C', folder, '-czf', file, `${name}-1.0`]);
  return readFileSync(file);
}

function maker(version: string, at = files): void {
  const name = `maker-${version}`;
  const code = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as made:
    made.writestr(sys.argv[2] + '.dist-info/WHEEL', 'Wheel-Version: 1.0\\n')
    made.writestr(sys.argv[2] + '.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: maker\\nVersion: ${version}\\n')
`;
  execFileSync('python3', ['-c', code, join(at, `${name}-py3-none-any.whl`), name]);
}

async function recipesOf(
  names: readonly string[],
  { variables = {}, system = debianBase, traced = [index.url] }: Options = {},
): Promise<readonly BuildRecipe[]> {
  const lock: PythonLock = {
    name: 'python',
    environments: [{ path: '/srv/env', site, interpreter: '/usr/bin/python3', python: '3.11.2', entries: [] }],
    packages: names.map((name) => ({
      name,
      version: '1.0',
      at: site,
      used: true,
      requested: true,
      certainty: 'version-only',
    })),
    requires: [],
    indexes: [...traced],
  };
  const { artifacts = [] } = planPython(lock, { base, libc: 'glibc', epoch });
  using client = openHttpClient();
  const lacks = ({ name }: PlannedPackage, reason: string) => void refused.set(name, reason);
  const context = {
    ...{ base, system, store: await openStore(join(folder, 'store')), progress: silent },
    lock: { distributions: [{ name: 'debian', packages: [] }, lock], epoch },
  };
  return await buildPython(variables)(artifacts, { ...(await asking({ client, lacks })), ...context });
}

interface Options {
  readonly variables?: Readonly<Record<string, string>>;
  readonly system?: Pick<typeof debianBase, 'compilers' | 'libc'>;
  readonly traced?: readonly string[];
}

describe('what builds a source', () => {
  it('is of the date of the lock where the index tells when it had what', async () => {
    await index[Symbol.asyncDispose]();
    const uploaded = (file: string) => (file.includes('2.0') ? '2024-01-01T00:00:00Z' : '2020-01-01T00:00:00Z');
    index = await servePythonIndex(files, { uploaded });
    source('tool', { 'pyproject.toml': project });
    maker('1.0');
    maker('2.0');
    const [recipe] = await recipesOf(['tool']);
    expect(recipe?.evidence).toMatch(/built by Python 3\.11\.2 with maker 1\.0 of the date of the lock$/);
    expect(recipe?.room.locks[1]).toMatchObject({ packages: [{ name: 'maker', version: '1.0' }] });
  });

  it('is of now, which is said, where the index does not tell, or had nothing then', async () => {
    source('tool', { 'pyproject.toml': project });
    maker('1.0');
    maker('2.0');
    const [recipe] = await recipesOf(['tool']);
    expect(recipe?.evidence).toMatch(/with maker 2\.0 as of now: .*does not tell when files were uploaded/);
    await index[Symbol.asyncDispose]();
    index = await servePythonIndex(files, { uploaded: () => '2024-01-01T00:00:00Z' });
    const [later] = await recipesOf(['tool']);
    expect(later?.evidence).toMatch(/with maker 2\.0 as of now: maker cannot be had/);
  });

  it('is asked of the archives that are set for that, and of no other index where these lack it', async () => {
    source('tool', { 'pyproject.toml': project });
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    maker('1.0', elsewhere);
    await using other = await servePythonIndex(elsewhere);
    const set = { REPROMAN_PYTHON_ARCHIVES: index.url.replace('/simple', ''), PIP_INDEX_URL: other.url };
    expect(await recipesOf(['tool'], { variables: set, traced: [other.url] })).toHaveLength(1);
    expect([index.asked.length > 0, other.asked]).toEqual([true, []]);
  });

  it('is asked of nobody where none is set', async () => {
    source('tool', { 'pyproject.toml': project });
    expect(await recipesOf(['tool'], { variables: { REPROMAN_PYTHON_ARCHIVES: '' } })).toEqual([]);
    expect(refused.get('tool')).toMatch(/no package index is to be asked/);
    expect(index.asked).toEqual([]);
  });

  it.each([
    ['debian', debianBase, ['python3', 'build-essential', 'gfortran', 'python3-dev']],
    ['rpm', rpmBase, ['python3', 'gcc', 'gcc-c++', 'gcc-gfortran', 'python3-devel']],
    ['apk', apkBase, ['python3', 'build-base', 'gfortran', 'python3-dev']],
  ] as const)('is also what its languages take on %s', async (_name, system, packages) => {
    source('quick', { 'a/two.F90': '', 'a/one.txt': '' });
    const [recipe] = await recipesOf(['quick'], { system });
    expect(recipe?.room.more).toEqual(packages);
  });
});

it('gives up one package, and not all, where a source is damaged', async () => {
  const whole = source('cut', { 'PKG-INFO': `Name: cut\n${'words '.repeat(100_000)}`, 'setup.py': '' });
  writeFileSync(join(files, 'cut-1.0.tar.gz'), whole.subarray(0, whole.length / 2));
  source('huge', { 'PKG-INFO': 'x'.repeat(17 * 1024 * 1024) });
  writeFileSync(join(files, 'other-1.0.tar.gz'), gzipSync('no tar'));
  source('good', { 'pyproject.toml': project });
  const recipes = await recipesOf(['cut', 'huge', 'other', 'good']);
  expect(recipes.map(({ title }) => title)).toEqual(['good 1.0']);
  expect([...refused.keys()]).toEqual(['cut', 'huge', 'other']);
  for (const reason of refused.values()) expect(reason).toMatch(/cannot be built: .* cannot be read as a source/);
});

it('knows a package again by all that a wheel is for', () => {
  const one = {
    name: 'tool',
    version: '1.0',
    at: site,
    used: true,
    requested: true,
    certainty: 'version-only',
  } as const;
  const sdist = { name: 'tool-1.0.tar.gz', url: 'https://index.example/tool', sha256: sha256('a source') };
  const keyOf = (more: object, on: Partial<Base> = {}) => {
    const lock = { name: 'python', environments: [], packages: [{ ...one, ...more }], requires: [] } as PythonLock;
    const { artifacts = [] } = planPython(lock, { base: { ...base, ...on }, libc: 'glibc', epoch });
    return artifacts[0]?.artifact.key;
  };
  const keys = [
    keyOf({}),
    keyOf({ sdist }),
    keyOf({ at: site.replace('3.11', '3.12') }),
    keyOf({}, { release: '11' }),
    keyOf({}, { architecture: 'arm64' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOf({ sdist })).toBe(keys[1]);
});
