import { appendFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/capture/capture.js';
import type { CaptureOptions } from '../../../src/capture/request.js';
import type { NpmLock } from '../../../src/distributions/npm/schema.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { readSpecification } from '../../../src/spec/read.js';
import { formatWhy } from '../../../src/spec/why/format-why.js';
import { explainWhy } from '../../../src/spec/why/why.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';
import { listing, putInPlace } from '../../packaging/put-in-place.js';
import { writeFiles as write } from '../../support/loop.js';
import { needs } from '../../support/needs.js';
import { installWithNpm, type PackageSource } from '../../support/npm.js';

const modules = '/srv/app/node_modules';
const left = {
  json: { name: 'left', version: '1.2.3', dependencies: { '@corp/right': '^2.0.0' } },
  files: { '.npmignore': 'sources\n' },
};
const right = {
  json: { name: '@corp/right', version: '2.0.1' },
  files: { 'lib/deep/data.txt': 'data\n', 'lib/.gitignore': '*\n' },
};
const tool = {
  json: { name: 'tool', version: '0.1.0', bin: 'bin/tool.js', dependencies: { left: '1.2.3' } },
  files: { 'bin/tool.js': '#!/usr/bin/env node\n' },
};
const files = { left: 'file:../left-1.2.3.tgz', '@corp/right': 'file:../corp-right-2.0.1.tgz' };

let folder: string;
let root: FixtureRoot;
const made: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npm-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  for (const each of [folder, ...made.splice(0)]) await rm(each, { recursive: true, force: true });
});

function install(sources: readonly PackageSource[], project: Readonly<Record<string, unknown>>): void {
  installWithNpm(join(root.folder, 'srv'), sources, project, join(root.folder, 'home/ada/.npm'));
}

async function captured(paths: readonly string[], options: CaptureOptions = {}) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  const { notes } = await capture({ traces, machine: root.machine, output, options });
  const spec = await readSpecification(output);
  const lock = spec.lock?.distributions.find(({ name }) => name === 'npm') as NpmLock | undefined;
  const owners = new Map((await spec.trace('hello'))?.accesses.map(({ path, owner }) => [path as string, owner]));
  const names = lock?.packages.map(
    ({ name, version, used }) => `${used ? '' : '('}${name}@${version}${used ? '' : ')'}`,
  );
  return { spec, lock, owners, names, notes };
}

async function placed(spec: Awaited<ReturnType<typeof captured>>['spec']) {
  const result = await putInPlace(spec, root.machine);
  made.push(...result.folders);
  return result;
}

describe('node_modules that npm made', () => {
  beforeEach(needs({ programs: ['npm'] }));

  it('has the packages that were used and all that they depend on, each proved to be its tarball', async () => {
    install([left, right, tool], { dependencies: { ...files, tool: 'file:../tool-0.1.0.tgz' } });
    const { names, lock, owners, spec } = await captured([`${modules}/left/index.js`]);
    expect(names).toEqual(['(@corp/right@2.0.1)', 'left@1.2.3']);
    expect(lock?.packages).toMatchObject([{ certainty: 'verified' }, { certainty: 'verified', resolved: files.left }]);
    expect(lock?.trees).toMatchObject([{ path: modules, manager: 'npm' }]);
    expect(formatWhy(await explainWhy(spec, '@corp/right', '/' as FilePath))).toContain('left');
    expect(owners.get(`${modules}/left/index.js`)).toMatchObject({
      state: 'owned',
      package: { name: 'left', version: '1.2.3', at: `${modules}/left` },
    });
  });

  it('is put back exactly: from tarballs as npm unpacks them, with its links and its own record', async () => {
    const executed = { ...tool, files: { 'bin/tool.js': 'console.log(1)\n', 'lib/x.js': 'x\n' } };
    install([left, right, executed], { dependencies: { ...files, tool: 'file:../tool-0.1.0.tgz' } });
    const { spec } = await captured([`${modules}/.bin/tool`, `${modules}/tool/bin/tool.js`]);
    await rm(join(root.folder, 'srv'), { recursive: true, force: true });
    const { folder: target, rungs } = await placed(spec);
    expect([...rungs].sort()).toEqual([
      ['@corp/right', 'cache'],
      ['left', 'cache'],
      ['tool', 'cache'],
    ]);
    install([left, right, executed], { dependencies: { ...files, tool: 'file:../tool-0.1.0.tgz' } });
    const strip = (all: Record<string, unknown>) =>
      JSON.parse(JSON.stringify(all, (key, value) => (key === 'mtime' ? undefined : value)));
    expect(strip(await listing(target, modules))).toEqual(strip(await listing(root.folder, modules)));
  });

  it('is repacked as it is where installation made more of it, and what changed is carried', async () => {
    const built = { ...tool, json: { ...tool.json, scripts: { install: 'echo built > built.txt' } } };
    install([left, right, built], { dependencies: { ...files, tool: 'file:../tool-0.1.0.tgz' } });
    await appendFile(join(root.folder, modules, 'left/index.js'), '// edited\n');
    const paths = [`${modules}/tool/built.txt`, `${modules}/left/index.js`, `${modules}/left/package.json`];
    const { spec, lock, owners } = await captured(paths);
    expect(lock?.packages.map(({ name, certainty }) => [name, certainty])).toEqual([
      ['@corp/right', 'verified'],
      ['left', 'repacked'],
      ['tool', 'repacked'],
    ]);
    expect(paths.map((path) => owners.get(path)?.state)).toEqual(['generated', 'modified', 'owned']);
    await rm(join(root.folder, 'home/ada/.npm'), { recursive: true });
    const { folder: target, rungs } = await placed(spec);
    expect([...rungs.values()]).toEqual(['contents', 'contents', 'contents']);
    expect(await listing(target, modules)).toEqual(await listing(root.folder, modules));
  });

  it('tells copies of one package at several places, and those under another name, apart', async () => {
    const old = { json: { name: 'left', version: '0.9.0' } };
    const nesting = { json: { name: 'nesting', version: '1.0.0', dependencies: { left: 'file:/srv/left-0.9.0.tgz' } } };
    install([left, right, old], { dependencies: { ...files, other: 'file:../left-0.9.0.tgz' } });
    write(join(root.folder, modules, 'nesting'), {
      'package.json': JSON.stringify(nesting.json),
      'node_modules/left/package.json': JSON.stringify(old.json),
    });
    const { names, lock } = await captured([
      `${modules}/nesting/package.json`,
      `${modules}/left/index.js`,
      `${modules}/other/index.js`,
    ]);
    expect(names).toEqual(['(@corp/right@2.0.1)', 'left@1.2.3', 'nesting@1.0.0', '(left@0.9.0)', 'left@0.9.0']);
    expect(lock?.packages.map(({ at }) => at.slice(modules.length))).toEqual([
      '/@corp/right',
      '/left',
      '/nesting',
      '/nesting/node_modules/left',
      '/other',
    ]);
  });

  it('has what came inside a package as part of it', async () => {
    const bundler = {
      json: { name: 'bundler', version: '1.0.0', bundleDependencies: ['inner'], dependencies: { inner: '1.0.0' } },
      files: {
        'node_modules/inner/package.json': '{"name":"inner","version":"1.0.0"}',
        'node_modules/inner/index.js': '1\n',
      },
    };
    install([bundler], { dependencies: { bundler: 'file:../bundler-1.0.0.tgz' } });
    const inner = `${modules}/bundler/node_modules/inner/index.js`;
    const { names, lock, owners } = await captured([inner]);
    expect(names).toEqual(['bundler@1.0.0']);
    expect(lock?.packages).toMatchObject([{ certainty: 'verified' }]);
    expect(owners.get(inner)?.package?.name).toBe('bundler');
  });

  it('carries the link to a workspace, whose files are nobody’s', async () => {
    write(join(root.folder, 'srv/app/packages/ws'), {
      'package.json': '{"name":"ws","version":"0.0.1"}',
      'index.js': '1\n',
    });
    install([left, right], { dependencies: files, workspaces: ['packages/ws'] });
    const { names, owners, spec } = await captured([
      `${modules}/ws`,
      `${modules}/ws/index.js`,
      `${modules}/left/index.js`,
    ]);
    expect(names).toEqual(['(@corp/right@2.0.1)', 'left@1.2.3']);
    expect(owners.get(`${modules}/ws/index.js`)?.state).toBe('loose');
    expect(spec.manifest.files.map(({ path, target }) => [path, target])).toEqual([
      [`${modules}/ws`, '../packages/ws'],
      ['/srv/app/packages/ws/index.js', undefined],
    ]);
  });
});

describe('node_modules that others made', () => {
  it('follows the links of pnpm to the packages, and to what these depend on', async () => {
    const store = `${modules}/.pnpm`;
    write(root.folder, {
      [`${store}/left@1.2.3/node_modules/left/package.json`]: JSON.stringify(left.json),
      [`${store}/left@1.2.3/node_modules/left/index.js`]: '1\n',
      [`${store}/@corp+right@2.0.1/node_modules/@corp/right/package.json`]: JSON.stringify(right.json),
      [`${store}/lock.yaml`]:
        "lockfileVersion: '9.0'\npackages:\n  left@1.2.3:\n    resolution: {integrity: sha512-AAAA}\n",
      [`${modules}/.modules.yaml`]: '{"layoutVersion":5}\n',
    });
    await root.link(
      `${store}/left@1.2.3/node_modules/@corp/right`,
      '../../../@corp+right@2.0.1/node_modules/@corp/right',
    );
    await symlink('.pnpm/left@1.2.3/node_modules/left', join(root.folder, modules, 'left'));
    const { names, lock, owners, spec } = await captured([`${modules}/left/index.js`]);
    expect(names).toEqual(['(@corp/right@2.0.1)', 'left@1.2.3']);
    expect(lock?.trees).toMatchObject([{ manager: 'pnpm' }]);
    expect(lock?.packages[1]).toMatchObject({ integrity: 'sha512-AAAA', certainty: 'repacked' });
    expect(owners.get(`${modules}/left/index.js`)?.package?.at).toBe(`${store}/left@1.2.3/node_modules/left`);
    const { folder: target } = await placed(spec);
    expect(await listing(target, modules)).toEqual(await listing(root.folder, modules));
  });

  it('knows where packages of Yarn came from, without passwords, and says what cannot be had again', async () => {
    const commit = '0123456789012345678901234567890123456789';
    write(root.folder, {
      [`${modules}/left/package.json`]: JSON.stringify(left.json),
      [`${modules}/@corp/right/package.json`]: JSON.stringify(right.json),
      [`${modules}/.yarn-integrity`]: '{}\n',
      '/srv/app/yarn.lock': `# yarn lockfile v1\n\n\n"@corp/right@^2.0.0":\n  version "2.0.1"\n  resolved "https://ada:secret@registry.example.org/right-2.0.1.tgz#${commit}"\n\nleft@^1.0.0, left@^1.2.0:\n  version "1.2.3"\n  resolved "git+ssh://git@example.org/left.git#${commit}"\n`,
    });
    const { lock } = await captured([`${modules}/left/package.json`], { repack: 'none' });
    expect(lock?.trees).toMatchObject([{ manager: 'yarn' }]);
    expect(lock?.packages).toMatchObject([
      {
        resolved: 'https://registry.example.org/right-2.0.1.tgz',
        integrity: expect.stringMatching(/^sha1-/),
        certainty: 'indexed',
      },
      {
        resolved: `git+ssh://git@example.org/left.git#${commit}`,
        certainty: 'version-only',
        problems: [expect.stringContaining(`commit ${commit}`)],
      },
    ]);
  });

  it('knows global packages, whose programs are links outside', async () => {
    const global = '/usr/local/lib/node_modules';
    write(root.folder, {
      [`${global}/tool/package.json`]: JSON.stringify(tool.json),
      [`${global}/tool/bin/tool.js`]: '#!/usr/bin/env node\n',
    });
    await root.link('/usr/local/bin/tool', '../lib/node_modules/tool/bin/tool.js');
    const { names, lock, spec } = await captured(['/usr/local/bin/tool']);
    expect(names).toEqual(['tool@0.1.0']);
    expect(lock?.packages[0]?.problems?.join()).toContain('needs left, which is not installed');
    expect(spec.manifest.files.map(({ path, target }) => [path, target])).toEqual([
      ['/usr/local/bin/tool', '../lib/node_modules/tool/bin/tool.js'],
    ]);
  });

  it('stands on the package that has the Node which ran', async () => {
    write(root.folder, { [`${modules}/left/package.json`]: JSON.stringify({ name: 'left', version: '1.2.3' }) });
    await root.file('/var/lib/dpkg/info/hello.list', '/.\n/usr\n/usr/bin\n/usr/bin/node\n');
    await root.file('/usr/bin/node', 'hello', 0o755);
    const { lock } = await captured([`${modules}/left/package.json`, '/usr/bin/node']);
    expect(lock?.node).toEqual([{ distribution: 'debian', name: 'hello', version: '2.10-3', architecture: 'amd64' }]);
  });

  it('holds no password of a registry, nor a record that has one', async () => {
    const resolved = 'https://ada:secret-9876@registry.example.org/left.tgz';
    write(root.folder, {
      [`${modules}/left/package.json`]: JSON.stringify({ name: 'left', version: '1.2.3' }),
      [`${modules}/.package-lock.json`]: JSON.stringify({ packages: { 'node_modules/left': { resolved } } }),
    });
    const { spec, lock, notes } = await captured([`${modules}/left/package.json`, `${modules}/.package-lock.json`]);
    expect(lock?.packages).toMatchObject([{ resolved: 'https://registry.example.org/left.tgz' }]);
    expect(notes.join()).toContain('.package-lock.json is left out');
    const { folder: target } = await placed(spec);
    expect(Object.keys(await listing(target, modules))).toEqual([
      modules,
      `${modules}/left`,
      `${modules}/left/package.json`,
    ]);
    expect(spec.manifest.files.filter(({ carried }) => carried)).toEqual([]);
  });

  it('takes what has a broken package.json for loose files, and says so', async () => {
    write(root.folder, {
      [`${modules}/left/package.json`]: JSON.stringify(left.json),
      [`${modules}/bad/package.json`]: '{',
      [`${modules}/bad/index.js`]: '1\n',
    });
    const output = join(folder, 'environment.yml');
    const traces = [
      traceOf([access(`${modules}/bad/index.js`, 'read'), access(`${modules}/left/package.json`, 'read')]),
    ] as const;
    const { notes } = await capture({ traces, machine: root.machine, output });
    expect(notes.join()).toContain(`${modules}/bad/package.json cannot be understood`);
  });
});
