import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { python as module } from '../../../src/distributions/python/index.js';
import type { PythonLock, PythonManifest } from '../../../src/distributions/python/schema.js';
import { sha256 } from '../../../src/hash.js';
import { type Identification, identify } from '../../../src/identification/identify.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import type { FinishContext, Finished } from '../../../src/packaging/reader.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { writeFiles } from '../../support/loop.js';
import {
  buildWheel,
  commitAll,
  makeEnvironment,
  makeTypicalEnvironment,
  runPip,
  writeProject,
} from '../../support/python.js';
import { hasPip, needsPip } from './packaging.js';

let machine: Machine;
let folder: string;
let prefix: string;
let site: string;
let commit: string;
const contents = () => folderContents(join(folder, 'contents'));

beforeAll(async () => {
  machine = await localMachine();
  folder = mkdtempSync(join(tmpdir(), 'python-identify-'));
  if (!hasPip) return;
  ({ prefix, commit } = makeTypicalEnvironment(folder));
  site = join(prefix, 'lib', `python${await minor()}`, 'site-packages');
});
afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function minor(): Promise<string> {
  const [name] = (await machine.files.list(`${prefix}/lib` as FilePath)).filter((each) => each.startsWith('python'));
  return name?.slice('python'.length) ?? '';
}

async function identified(...paths: string[]): Promise<Identification> {
  return identify(
    machine,
    paths.map((path) => ({ path: path as FilePath, uses: ['read' as const] })),
    { modules: [module] },
  );
}

async function finished(
  identification: Identification,
  isNew?: (path: FilePath) => boolean,
  repack: 'missing' | 'none' = 'missing',
  mayCarry?: FinishContext['mayCarry'],
) {
  const all = await identification.finish({
    ...{ machine, contents: contents(), repack, progress: silent },
    ...(isNew ? { isNew } : {}),
    ...(mayCarry ? { mayCarry } : {}),
  });
  const one: unknown = all.find(({ name }) => name === 'python');
  return one as Finished<PythonManifest, PythonLock>;
}

/** What is said of one path, without the path. */
async function ownerOf(path: string, ...others: string[]) {
  const owner = (await identified(path, ...others)).owners.get(path as FilePath);
  if (!owner) throw new Error(`nothing is said of ${path}`);
  const { path: _path, ...rest } = owner;
  return rest;
}

describe('a virtual environment that pip filled', () => {
  beforeEach(needsPip);
  it('owns files of wheels and the programs that pip made of them', async () => {
    const helper = { distribution: 'python', name: 'helper', version: '1.5', at: site };
    expect(await ownerOf(`${site}/helper/__init__.py`)).toEqual({ state: 'owned', package: helper });
    expect(await ownerOf(`${site}/helper-1.5.dist-info`, `${site}/helper/__init__.py`)).toMatchObject({
      state: 'owned',
      package: helper,
    });
    const tool = { name: 'wheeled-tool', version: '1.2.post1' };
    expect(await ownerOf(`${prefix}/bin/wheeled`)).toMatchObject({ state: 'owned', package: tool });
  });

  it("gives every file to the package that Python's own importlib.metadata gives it to", async () => {
    const script =
      'import json, importlib.metadata as m; print(json.dumps([[d.name, str(f.locate().resolve())] for d in m.distributions(path=[__import__("sys").argv[1]]) for f in d.files]))';
    const said = JSON.parse(
      execFileSync(`${prefix}/bin/python`, ['-c', script, site], { encoding: 'utf8' }),
    ) as string[][];
    const { owners } = await identified(...said.map(([, path = '']) => path));
    expect(said.length).toBeGreaterThan(20);
    expect(said.map(([, path]) => [owners.get(path as FilePath)?.package?.name, path])).toEqual(said);
  });

  it('knows what the environment itself is made of', async () => {
    const environment = { state: 'generated', rule: 'virtual-environment', package: { name: 'python', at: prefix } };
    for (const name of ['pyvenv.cfg', 'bin/activate', 'bin/python3', 'lib64', 'bin']) {
      expect(await ownerOf(`${prefix}/${name}`, `${prefix}/pyvenv.cfg`), name).toMatchObject(environment);
    }
    expect(await ownerOf(site, `${prefix}/pyvenv.cfg`)).toMatchObject(environment);
  });

  it('has the same owner through lib64', async () => {
    const asked = site.replace('/lib/', '/lib64/');
    expect(await ownerOf(`${asked}/helper/__init__.py`)).toMatchObject({
      ...{ state: 'owned', package: { name: 'helper', at: site }, listedAs: `${site}/helper/__init__.py` },
    });
  });

  it('takes code for made of its source', async () => {
    const code = `${site}/helper/__pycache__/__init__.cpython-${(await minor()).replace('.', '')}.pyc`;
    expect(await ownerOf(code)).toMatchObject({
      state: 'generated',
      rule: 'python-bytecode',
      package: { name: 'helper' },
    });
  });

  it('leaves to nobody what no package recorded', async () => {
    writeFileSync(join(site, 'dropped.py'), '');
    expect(await ownerOf(`${site}/dropped.py`)).toEqual({ state: 'loose' });
    writeFileSync(join(prefix, 'notes.txt'), '');
    expect(await ownerOf(`${prefix}/notes.txt`)).toEqual({ state: 'loose' });
    expect(await ownerOf(`${folder}/src/edited/src/edited/__init__.py`, `${site}/edited.pth`)).toEqual({
      state: 'loose',
    });
  });

  it('keeps used packages and all that they require, each with where it came from', async () => {
    const identification = await identified(
      ...[`${prefix}/bin/wheeled`, `${site}/tracked/__init__.py`, `${site}/edited.pth`, `${prefix}/bin/python`],
    );
    const { manifest, lock, files, notes } = await finished(identification);
    expect(manifest.environments).toMatchObject([
      {
        path: prefix,
        interpreter: `/usr/bin/python${await minor()}`,
        systemSitePackages: false,
        packages: ['edited==0.2', 'tracked==0.1', 'wheeled-tool==1.2.post1'],
      },
    ]);
    expect(lock.packages).toMatchObject([
      { name: 'edited', used: true, origin: { url: `file://${folder}/src/edited`, editable: true } },
      { name: 'helper', used: false, requested: false, installer: 'pip', certainty: 'repacked' },
      { name: 'tracked', origin: { url: `file://${folder}/src/tracked`, vcs: 'git', commit } },
      { name: 'wheeled-tool', used: true, requested: true, needs: ['helper'] },
    ]);
    expect(lock.environments[0]?.pathFiles).toEqual([{ name: 'edited.pth', adds: [`${folder}/src/edited/src`] }]);
    expect(files).toEqual(expect.arrayContaining([`${site}/helper/__init__.py`, `${prefix}/bin/activate`, prefix]));
    expect(files.filter((path) => path.includes('dropped') || path.includes('notes'))).toEqual([]);
    expect(notes).toEqual([]);
    expect(module.manifestSchema.parse(manifest)).toEqual(manifest);
    expect(module.lockSchema.parse(lock)).toEqual(lock);
  });

  it('tells of a file of a wheel that was changed, and of one that was removed', async () => {
    const other = join(folder, 'changed');
    makeEnvironment(other);
    runPip(other, 'install', '--find-links', join(folder, 'wheels'), 'wheeled-tool');
    const place = site.replace(prefix, other);
    appendFileSync(join(place, 'helper/__init__.py'), '# changed\n');
    rmSync(join(other, 'bin/wheeled'));
    const identification = await identified(`${place}/helper/__init__.py`, `${other}/bin/wheeled`);
    const owner = (path: string) => identification.owners.get(path as FilePath);
    expect(owner(`${place}/helper/__init__.py`)).toMatchObject({ state: 'modified', rule: 'content' });
    expect(owner(`${other}/bin/wheeled`)).toMatchObject({ state: 'modified', rule: 'removed' });
    const { lock } = await finished(identification);
    expect(lock.packages.map(({ name, problems }) => [name, problems])).toEqual([
      ['helper', [`${place}/helper/__init__.py was changed after it was installed; it is kept as it is.`]],
      ['wheeled-tool', expect.arrayContaining([`${other}/bin/wheeled is of it, and is not there any more.`])],
    ]);
  });

  it('leaves out what the run itself made', async () => {
    const identification = await identified(`${site}/helper/__init__.py`, `${prefix}/pyvenv.cfg`);
    const code = `${site}/helper/__pycache__`;
    const { files } = await finished(identification, (path) => path.startsWith(code));
    expect(files).toContain(`${site}/helper/__init__.py`);
    expect(files.filter((path) => path.startsWith(code))).toEqual([]);
    const all = await finished(identification, (path) => path.startsWith(prefix));
    expect(all.lock).toMatchObject({ packages: [], environments: [] });
  });

  it('finds the packages of a --target folder, and of a source tree none', async () => {
    const target = join(folder, 'target');
    runPip(undefined, 'install', '--find-links', join(folder, 'wheels'), '--target', target, 'wheeled-tool');
    expect(await ownerOf(`${target}/helper/__init__.py`)).toMatchObject({
      ...{ state: 'owned', package: { name: 'helper', version: '1.5', at: target } },
    });
    const { lock } = await finished(await identified(`${target}/wheeled_tool/__init__.py`));
    expect(lock.packages.map(({ name, at }) => [name, at])).toEqual([
      ['helper', target],
      ['wheeled-tool', target],
    ]);
    const tree = join(folder, 'tree');
    writeProject(tree, 'tree', { version: '1', source: '' });
    commitAll(tree);
    expect(await ownerOf(`${tree}/src/tree/__init__.py`)).toEqual({ state: 'loose' });
  });

  it('finds packages of a user, which the Pythons of the system search', async () => {
    const place = join(folder, `home/.local/lib/python${await minor()}/site-packages`);
    runPip(undefined, 'install', '--find-links', join(folder, 'wheels'), '--target', place, 'wheeled-tool');
    const { manifest, lock } = await finished(await identified(`${place}/wheeled_tool/__init__.py`));
    expect(manifest.environments).toMatchObject([
      { path: place, interpreter: `/usr/bin/python${await minor()}`, packages: ['wheeled-tool==1.2.post1'] },
    ]);
    expect(lock.packages.map(({ name, used }) => [name, used])).toEqual([
      ['helper', false],
      ['wheeled-tool', true],
    ]);
    const interpreter = `/usr/bin/python${await minor()}` as FilePath;
    const looksUp = async (path: string) => (await identified(path)).owners.has(interpreter);
    expect(await looksUp(`${place}/helper/__init__.py`)).toBe(true);
    // Every search for a program passes there, and needs no Python.
    expect(await looksUp(join(folder, 'home/.local/bin/absent'))).toBe(false);
  });

  it('goes on where something odd lies among the packages, and tells of it', async () => {
    const other = join(folder, 'odd');
    makeEnvironment(other);
    const place = site.replace(prefix, other);
    runPip(other, 'install', '--find-links', join(folder, 'wheels'), 'helper');
    writeFiles(place, { 'odd-1.0.dist-info/RECORD': 'odd.py,,\n', 'odd.py': '' });
    execFileSync('mkfifo', [join(place, 'odd-1.0.dist-info/METADATA'), join(place, 'pipe.pth')]);
    writeFileSync(Buffer.from(join(place, 'helper/caf\u00e9.py'), 'latin1'), '');
    const identification = await identified(
      `${place}/helper/__init__.py`,
      `${place}/odd.py`,
      `${place}/helper/caf\u00e9.py`,
    );
    const state = (name: string) => identification.owners.get(`${place}/${name}` as FilePath)?.state;
    expect(['helper/__init__.py', 'odd.py', 'helper/caf\u00e9.py'].map(state)).toEqual(['owned', 'loose', 'loose']);
    expect(identification.problems).toEqual([
      expect.stringContaining('odd-1.0.dist-info/METADATA cannot be read (EAGAIN)'),
      expect.stringContaining('pipe.pth cannot be read (EAGAIN)'),
      expect.stringContaining('odd-1.0.dist-info names no package'),
    ]);
    const { lock } = await finished(identification);
    expect(lock.packages.map(({ name }) => name)).toEqual(['helper']);
  });

  it('takes the modules that it names for those of a package without a list of files', async () => {
    const other = join(folder, 'legacy');
    makeEnvironment(other);
    const place = site.replace(prefix, other);
    const info = { 'PKG-INFO': 'Name: legacy\nVersion: 4\n', 'top_level.txt': 'module\npackage\n' };
    for (const [name, text] of Object.entries(info)) writeFiles(join(place, 'legacy.egg-info'), { [name]: text });
    writeFiles(place, { 'module.py': '', 'package/data/a.txt': '', 'modules.py': '' });
    const paths = ['module.py', 'package/data/a.txt', 'modules.py'].map((name) => `${place}/${name}`);
    const identification = await identified(...paths);
    const states = paths.map((path) => identification.owners.get(path as FilePath)?.package?.name);
    expect(states).toEqual(['legacy', 'legacy', undefined]);
    const { files, lock } = await finished(identification);
    expect(lock.packages).toMatchObject([{ name: 'legacy', version: '4', certainty: 'repacked' }]);
    expect(files).toEqual(expect.arrayContaining([...paths.slice(0, 2), `${place}/legacy.egg-info/PKG-INFO`]));
    expect(files).not.toContain(paths[2]);
  });

  it('knows a zipped egg by what is in it, as the one file that it is', async () => {
    const other = join(folder, 'zipped');
    makeEnvironment(other);
    const egg = `${site.replace(prefix, other)}/Egg-3.1-py3.11.egg`;
    const script = 'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as egg:\n'.concat(
      '  egg.writestr("egg.py", "")\n  egg.writestr("EGG-INFO/PKG-INFO", "Name: Egg\\nVersion: 3.1\\n")\n',
      '  egg.writestr("EGG-INFO/requires.txt", "helper\\n")\n',
    );
    execFileSync(`${prefix}/bin/python`, ['-c', script, egg]);
    writeFileSync(`${egg.replace('Egg', 'Broken')}`, 'no zip');
    const identification = await identified(egg);
    const { lock, files } = await finished(identification);
    expect(lock.packages).toMatchObject([
      { name: 'egg', version: '3.1', problems: ['It requires helper, which is not installed.'] },
    ]);
    expect(files).toContain(egg);
    expect(identification.problems).toEqual([expect.stringMatching(/Broken-3\.1-py3\.11\.egg names no package/)]);
  });

  it('keeps no address with a password that an installer wrote, though it recorded that file', async () => {
    const other = join(folder, 'direct');
    makeEnvironment(other);
    const place = site.replace(prefix, other);
    const secret = JSON.stringify({ url: 'https://ada:secret@example.org/a-1.tar.gz', archive_info: {} });
    const sum = Buffer.from(sha256(secret), 'hex').toString('base64url');
    writeFiles(place, {
      'a-1.dist-info/METADATA': 'Name: a\nVersion: 1\n',
      'a-1.dist-info/RECORD': `a.py,,\na-1.dist-info/direct_url.json,sha256=${sum},${secret.length}\n`,
      'a-1.dist-info/direct_url.json': secret,
      'a.py': '',
    });
    const identification = await identified(`${place}/a.py`);
    const mayCarry = (_: FilePath, head: Buffer) => !head.includes('ada:secret');
    const { lock, files } = await finished(identification, undefined, 'missing', mayCarry);
    expect(lock.packages).toMatchObject([{ name: 'a', origin: { url: 'https://example.org/a-1.tar.gz' } }]);
    expect(files.filter((path) => path.endsWith('direct_url.json'))).toEqual([]);
  });

  it('misses no compiled code that is listed beside its source', async () => {
    const other = join(folder, 'listing');
    makeEnvironment(other);
    const place = site.replace(prefix, other);
    writeFiles(place, {
      'a-1.dist-info/METADATA': 'Name: a\nVersion: 1\n',
      'a-1.dist-info/RECORD': 'a.py,,\na.cpython-311.pyc,,\n__pycache__/a.cpython-311.pyc,,\ngone.py,,\n',
      'a.py': '',
    });
    const { lock } = await finished(await identified(`${place}/a.py`));
    expect(lock.packages[0]?.problems).toEqual([`${place}/gone.py is of it, and is not there any more.`]);
  });

  it('says what cannot be had again where no copy is kept', async () => {
    const identification = await identified(`${site}/tracked/__init__.py`, `${site}/helper/__init__.py`);
    const { lock } = await finished(identification, undefined, 'none');
    expect(lock.packages.map(({ name, certainty, problems }) => [name, certainty, problems])).toEqual([
      ['helper', 'version-only', [expect.stringContaining('pip does not say from which index')]],
      ['tracked', 'version-only', [expect.stringContaining(`commit ${commit} of file://`)]],
    ]);
  });

  it('knows a source tree that setup.py develop put in place', async () => {
    const tree = join(folder, 'developed');
    writeFiles(tree, {
      'dev/__init__.py': '',
      'Dev.egg-info/PKG-INFO': 'Name: Dev\nVersion: 3\nRequires-Dist: helper\n',
    });
    const other = join(folder, 'developing');
    makeEnvironment(other);
    const place = site.replace(prefix, other);
    writeFiles(place, { 'dev.egg-link': `${tree}\n.`, 'easy-install.pth': `${tree}\n` });
    const identification = await identified(
      `${tree}/dev/__init__.py`,
      `${place}/easy-install.pth`,
      `${other}/pyvenv.cfg`,
    );
    const { manifest, lock } = await finished(identification);
    expect(manifest.environments).toMatchObject([{ path: other, packages: ['dev==3'] }]);
    expect(lock.packages).toMatchObject([
      {
        origin: { url: `file://${tree}`, editable: true },
        problems: ['It requires helper, which is not installed.'],
      },
    ]);
    expect(lock.environments[0]?.pathFiles).toEqual([{ name: 'easy-install.pth', adds: [tree] }]);
  });

  it('needs packages of the system where the environment sees them', async () => {
    const other = join(folder, 'seeing');
    const source = join(folder, 'src/seeing');
    writeProject(source, 'seeing', { version: '2', source: '', requires: ['pip'] });
    buildWheel(source, join(folder, 'wheels'));
    makeEnvironment(other, '--system-site-packages');
    runPip(other, 'install', '--no-deps', '--find-links', join(folder, 'wheels'), 'seeing');
    const path = `${site.replace(prefix, other)}/seeing/__init__.py` as FilePath;
    const identification = await identify(machine, [{ path, uses: ['read'] }]);
    const { lock, manifest } = await finished(identification);
    expect(manifest.environments).toMatchObject([{ systemSitePackages: true, packages: ['seeing==2'] }]);
    expect(lock.packages.map(({ name, problems }) => [name, problems])).toEqual([['seeing', undefined]]);
    expect(lock.requires.map(({ distribution, name }) => `${distribution} ${name}`)).toContain('debian python3-pip');
  });
});
