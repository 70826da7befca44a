import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { pip, python } from '../support/python.js';
import { type PythonIndex, servePythonIndex } from '../support/python-index.js';
import { type Root, withRoot } from '../support/roots.js';
import { must, type RunResult, run } from '../support/run.js';

const bundled = '/usr/share/python-wheels';
const setuptools = (existsSync(bundled) ? readdirSync(bundled) : []).filter((name) => name.startsWith('setuptools-'));

let folder: string;
let index: PythonIndex;
let root: Root | undefined;
let cli: Cli;
let spec: string;
/** Of the environment that was made offline. */
let treeDigest: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'python-source-'));
});
afterAll(async () => {
  await index?.[Symbol.asyncDispose]();
  await root?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(
  needs({
    root: true,
    archive: true,
    programs: ['mmdebstrap', 'unshare', 'ip', python, pip, join(bundled, setuptools[0] ?? 'setuptools')],
  }),
);
beforeEach(
  shared(async () => {
    const files = join(folder, 'files');
    mkdirSync(files);
    for (const wheel of setuptools) copyFileSync(join(bundled, wheel), join(files, wheel));
    await makeWheelOfWheel(files);
    await makeSource('plain', '1.0', {}, 'name = "plain"\n');
    await makeSource('quick', '1.0', { 'fast.c': extension }, 'from quick.fast import answer\n');
    await makeSource('broken', '1.0', {}, 'name = "broken 1.0"\n');
    await makeSource('broken', '1.1', {}, 'name = "broken 1.1"\n', 'bdist_wheel');
    index = await servePythonIndex(files);
    // It is about what is built for it, each in a room of its own, and not about how a bare system is made.
    cli = await freshCli({ takesBare: true });
    // What other files bootstrap, too, with the little that it lacks.
    root = await withRoot();
    const lacking = ['python3-venv', 'python3-dev'];
    await root.inside(['apt-get', 'install', '--yes', '--quiet', '--no-install-recommends', ...lacking]);
    await root.inside(['python3', '-m', 'venv', '/srv/env']);
    const settings = [`PIP_INDEX_URL=${index.url}`, 'PIP_NO_CACHE_DIR=1', 'PIP_DISABLE_PIP_VERSION_CHECK=1'];
    const install = ['env', ...settings, '/srv/env/bin/pip', '--quiet', 'install', '--no-build-isolation'];
    await root.inside([...install, 'wheel']);
    await root.inside([...install, 'plain==1.0', 'quick==1.0', 'broken==1.0']);
    spec = join(cli.work, 'environment.yml');
    await cli.must([
      'trace',
      '--repack',
      'none',
      '-o',
      spec,
      '--root',
      root.path,
      '--',
      '/srv/env/bin/python',
      '-c',
      script,
    ]);
  }),
);

const script = 'import broken, plain, quick; print(plain.name, quick.answer(), broken.name)';

const extension = `#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", "", -1, methods};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
`;

/** A source distribution, or a wheel, by setuptools itself. */
async function makeSource(
  name: string,
  version: string,
  more: Readonly<Record<string, string>>,
  text: string,
  command = 'sdist',
): Promise<void> {
  const tree = join(folder, `${name}-${version}`);
  const modules = Object.keys(more).map((file) => `Extension('${name}.fast', ['${file}'])`);
  const setup = `from setuptools import Extension, setup
setup(name='${name}', version='${version}', packages=['${name}'], ext_modules=[${modules}])
`;
  writeFiles(tree, { 'setup.py': setup, [`${name}/__init__.py`]: text, ...more });
  if (modules.length === 0)
    writeFiles(tree, {
      'pyproject.toml': '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    });
  await must([python, 'setup.py', '--quiet', command, '--dist-dir', join(folder, 'files')], { cwd: tree });
}

/** What setuptools of that time needs to make wheels, from the machine's own package of it. */
async function makeWheelOfWheel(files: string): Promise<void> {
  const code = `import importlib.metadata as metadata, os, sys, wheel, zipfile
version = metadata.version('wheel')
info = f'wheel-{version}.dist-info'
top = os.path.dirname(wheel.__file__)
points = '[distutils.commands]\\nbdist_wheel = wheel.bdist_wheel:bdist_wheel\\n'
with zipfile.ZipFile(f'{sys.argv[1]}/wheel-{version}-py3-none-any.whl', 'w') as made:
    for folder, _, names in os.walk(top):
        for name in names:
            if name.endswith('.py'):
                path = os.path.join(folder, name)
                made.write(path, os.path.relpath(path, os.path.dirname(top)))
    made.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: wheel\\nVersion: {version}\\n')
    made.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    made.writestr(f'{info}/entry_points.txt', points)
    made.writestr(f'{info}/RECORD', '')
`;
  await must([python, '-c', code, files]);
}

interface Listing {
  readonly contents: readonly { readonly packages: readonly string[]; readonly resources: readonly string[] }[];
}

interface Inspected {
  readonly standIns: readonly {
    readonly name: string;
    readonly rung: string;
    readonly sameness: string;
    readonly instead?: string;
  }[];
}

interface Report {
  readonly resource: { readonly treeDigest: string };
  readonly fetched: readonly {
    readonly package: { readonly name: string; readonly distribution: string };
    readonly rung: string;
    readonly sameness: string;
    readonly evidence?: string;
    readonly version?: string;
    readonly tried: readonly string[];
  }[];
}

/** What a create with the index made, and got of Python. */
async function created(...options: readonly string[]): Promise<Report> {
  return reported(await cli.run(['create', '--json', ...options, spec], { env: asking() }));
}

/** It ends with 6, as one package is of another version. */
function reported({ code, stdout, stderr }: RunResult): Report {
  expect(code, stderr).toBe(6);
  const { resource, fetched } = JSON.parse(stdout) as Report;
  return { resource, fetched: fetched.filter((each) => each.package.distribution === 'python') };
}

/** The resources that were made with what was built of it, as the store tells. */
async function usersOfPlain(whose: Cli): Promise<(readonly string[])[]> {
  const { contents } = JSON.parse((await whose.must(['store', 'ls', '--json'])).stdout) as Listing;
  return contents.filter(({ packages }) => packages.includes('plain 1.0')).map(({ resources }) => resources);
}

function asking() {
  return { PIP_INDEX_URL: index.url, REPROMAN_PYTHON_ARCHIVES: index.url.replace('/simple', '') };
}

function inShort({ package: { name }, rung, sameness, version }: Report['fetched'][number]) {
  return [name, rung, sameness, version];
}

const expected = [
  ['broken', 'nearest', 'other-version', '1.1'],
  ['plain', 'built', 'same-source', undefined],
  ['quick', 'built', 'same-source', undefined],
  // venv put it there, and the index has a wheel of that version.
  ['setuptools', 'old-builds', 'same-source', undefined],
];

describe('Python packages that pip built from their sources, of which no copy was kept', () => {
  it('are built by a node that only fetches, for one that has no network', async () => {
    // What was built once cannot be any more.
    const files = join(folder, 'files');
    const failing = 'import sys\nprint("about to build")\nsys.exit("no such thing as a flux capacitor")\n';
    rmSync(join(files, 'broken-1.0.tar.gz'));
    writeFiles(join(folder, 'failing'), { 'broken-1.0/setup.py': failing });
    await must(['tar', '-C', join(folder, 'failing'), '-czf', join(files, 'broken-1.0.tar.gz'), 'broken-1.0']);
    const refused = await cli.run(['create', '--name', 'offline', spec], { env: asking() });
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('4 packages cannot be had exactly')]);
    expect(refused.stderr).toContain('--require same-source');
    const got = await cli.must(['create', '--fetch-only', '--json', '--require', 'any', spec], { env: asking() });
    const { standIns } = JSON.parse(got.stdout) as { readonly standIns: Report['fetched'] };
    expect(standIns.map(inShort).sort()).toEqual(expected);
    const failed = standIns.find(({ rung }) => rung === 'nearest');
    expect(failed?.tried.join()).toMatch(/it cannot be built: .* about to build .*no such thing as a flux capacitor/);
    // The rooms that they were built in are gone.
    expect((await cli.must(['ls'])).stdout).not.toContain('build-');
    const before = index.asked.length;
    const { resource, fetched } = await created('--offline', '--name', 'offline', '--require', 'any');
    expect(fetched.map(inShort).sort()).toEqual(expected);
    treeDigest = resource.treeDigest;
    expect(index.asked.slice(before)).toEqual([]);
    const ran = await cli.must(['exec', 'offline', '--', '/srv/env/bin/python', '-c', script]);
    expect(ran.stdout).toBe('plain 42 broken 1.1\n');
    const built = fetched.find(({ rung }) => rung === 'built');
    expect(built?.evidence).toMatch(
      /SHA-256 [0-9a-f]{64}.*built by Python 3\.\S+ with setuptools \S+, wheel \S+ as of now: .* does not tell when/,
    );
    expect(await usersOfPlain(cli)).toEqual([['offline']]);
  });

  it('are in a bundle, from which they are had where nothing else is, by who takes them for what they are', async () => {
    const refused = await cli.run(['pack', '-o', 'a.repro', spec]);
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('--require same-source')]);
    const before = index.asked.length;
    await cli.must(['pack', '--require', 'any', '-o', 'a.repro', spec], { env: asking() });
    // It was not built twice: it is asked for once, as a wheel of its version, and not for its source.
    expect(index.asked.slice(before).filter((path) => path.includes('plain'))).toEqual(['/simple/plain/']);
    await using other = await freshCli({ ownStore: true, takesBare: true });
    const bundle = join(other.work, 'a.repro');
    renameSync(join(cli.work, 'a.repro'), bundle);
    const { standIns } = JSON.parse((await other.must(['inspect', '--json', bundle])).stdout) as Inspected;
    expect(standIns.map(({ name, rung, sameness, instead }) => [name, rung, sameness, instead]).sort()).toEqual(
      expected,
    );
    const cutOff = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...other.program];
    const create = (requirement: string) =>
      run([...cutOff, 'create', '--json', '--name', 'there', '--require', requirement, bundle], {
        ...{ cwd: other.work, env: { ...other.env } },
      });
    const strict = await create('exact');
    expect([strict.code, strict.stdout]).toEqual([5, expect.stringContaining('4 packages cannot be had exactly')]);
    expect(strict.stdout).toContain('what the spec brings instead is same-source (--require same-source)');
    const { resource, fetched } = reported(await create('any'));
    expect(fetched.map(inShort).sort()).toEqual(expected);
    expect(resource.treeDigest).toBe(treeDigest);
    const ran = await other.must(['exec', 'there', '--', '/srv/env/bin/python', '-c', script]);
    expect(ran.stdout).toBe('plain 42 broken 1.1\n');
    expect(await usersOfPlain(other)).toEqual([['there']]);
    // On the word of a bundle nothing stands in for anything of another spec.
    expect(existsSync(join(other.env['XDG_CACHE_HOME'] ?? '', 'reproman/store/stand-ins'))).toBe(false);
    await other.must(['unpack', bundle, '-C', 'apart']);
    await other.must(['pack', '--require', 'any', '-o', 'again.repro', 'apart/environment.yml'], { env: asking() });
    expect(readFileSync(join(other.work, 'again.repro')).equals(readFileSync(bundle))).toBe(true);
  });

  it('lie beside what is rendered, and are named, where they need not be the very ones', async () => {
    const render = (...more: readonly string[]) =>
      cli.run(['render', '--to', 'dockerfile', '--json', '-o', 'rendered', ...more, spec], { env: asking() });
    const refused = await render();
    expect([refused.code, refused.stdout]).toEqual([5, expect.stringContaining('--require same-source')]);
    expect(existsSync(join(cli.work, 'rendered'))).toBe(false);
    const { code, stdout, stderr } = await render('--require', 'any');
    expect(code, stderr).toBe(0);
    const { standIns } = JSON.parse(stdout) as { readonly standIns: Report['fetched'] };
    expect(standIns.map(inShort).sort()).toEqual(expected);
  });

  it('are resolved from a spec that asks for them by name', async () => {
    const env = { PIP_INDEX_URL: index.url };
    const out = join(cli.work, 'resolved.yml');
    await cli.must(['resolve', 'python:plain==1.0', '--on', 'debian:12', '-o', out], { env });
    const lock = readFileSync(out.replace(/yml$/, 'd/lock.json'), 'utf8');
    expect(lock).toContain('"plain-1.0.tar.gz"');
  });
});
