import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { formatSummary } from '../../src/capture/format-summary.js';
import { hashOutputs } from '../../src/capture/repeats.js';
import type { CaptureOptions } from '../../src/capture/request.js';
import { sha256 } from '../../src/hash.js';
import type { Trace } from '../../src/model/access.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { pathFromBytes, pathFromText, showPath } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, accessThrough, type FixtureRoot, fixtureRoot, traceOf } from './fixture-root.js';

let root: FixtureRoot;
let output: string;

beforeEach(async () => {
  root = await fixtureRoot();
  output = join(root.folder, '..', 'environment.yml');
  await root.file('/home/ada/work/data.csv', '1,2\n');
});

afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

function captureOf(trace: Trace, options: CaptureOptions = {}) {
  return capture({ traces: [trace], machine: root.machine, output, options: { repack: 'none', ...options } });
}

async function folderBytes(): Promise<Buffer> {
  const folder = output.replace(/\.yml$/, '.d');
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = [await readFile(output)];
  for (const name of names.filter((one) => one.isFile())) {
    const bytes = await readFile(join(name.parentPath, name.name));
    texts.push(Buffer.from(name.name), bytes, name.name.endsWith('.gz') ? gunzipSync(bytes) : Buffer.alloc(0));
  }
  return Buffer.concat(texts);
}

async function snapshotPaths(): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of (await readSpecification(output)).snapshot()) paths.push(showPath(entry.path));
  return paths;
}

describe('capture', () => {
  it('writes a spec that reads back as it was', async () => {
    await root.file('/home/ada/work/run.sh', '#!/bin/sh\nhello\n', 0o755);
    const trace = traceOf([
      accessThrough('/bin/hello', '/usr/bin/hello', 'read', 'executed'),
      access('/home/ada/work/run.sh', 'executed'),
      access('/home/ada/work/data.csv', 'read'),
      access('/usr/lib/absent.so', 'absent'),
    ]);
    const summary = await captureOf(trace);
    const spec = await readSpecification(output);
    expect(spec.lock).toBeDefined();
    expect(spec.stale).toBeUndefined();
    expect(spec.manifest.base).toMatchObject({ distribution: 'debian', release: '12', layout: 'merged-usr' });
    expect(spec.manifest.distributions).toEqual([{ name: 'debian', packages: ['hello=2.10-3'] }]);
    expect(spec.manifest.files).toMatchObject([{ path: '/home/ada/work/run.sh', mode: '0755', carried: true }]);
    expect(spec.manifest.runs[0]?.inputs).toEqual([
      { path: '/home/ada/work/data.csv', sha256: sha256('1,2\n'), size: 4 },
    ]);
    const script = spec.manifest.files[0]?.sha256 ?? '';
    expect(await readFile(await spec.contents.locate(script), 'utf8')).toBe('#!/bin/sh\nhello\n');
    expect(await spec.contents.has(sha256('1,2\n'))).toBe(false);
    const read = await spec.trace('hello');
    expect(read?.conditions).toEqual({ ...trace.conditions });
    expect(read?.accesses.map(({ path, owner }) => [path, owner.state])).toEqual([
      ['/bin/hello', 'owned'],
      ['/home/ada/work/data.csv', 'loose'],
      ['/home/ada/work/run.sh', 'loose'],
      ['/usr/lib/absent.so', 'loose'],
    ]);
    expect(await snapshotPaths()).toEqual(expect.arrayContaining(['/', '/bin', '/home/ada/work', '/usr/bin/hello']));
    expect(formatSummary(summary)).toContain('debian: 1 used, 1 with all that they need');
  });

  it('tells of a changed file that it is, by whichever link it was read', async () => {
    await root.file('/var/lib/dpkg/info/hello.list', '/.\n/usr/lib/libhello.so.1\n/usr/lib/libhello.so.1.0\n');
    await root.file('/var/lib/dpkg/info/hello.md5sums', '5d41402abc4b2a76b9719d911017c592  usr/lib/libhello.so.1.0\n');
    await root.file('/usr/lib/libhello.so.1.0', 'changed');
    await root.link('/usr/lib/libhello.so.1', 'libhello.so.1.0');
    await root.link('/etc/hosts', '../run/hosts');
    await root.file('/run/hosts', '127.0.0.1 localhost\n');
    await captureOf(
      traceOf([accessThrough('/lib/libhello.so.1', '/usr/lib/libhello.so.1.0', 'read'), access('/etc/hosts', 'read')]),
    );
    const recorded = await (await readSpecification(output)).trace('hello');
    expect(recorded?.accesses.map(({ path, owner }) => [path, owner.state])).toEqual([
      ['/etc/hosts', 'host-bound'],
      ['/lib/libhello.so.1', 'modified'],
    ]);
    expect(recorded?.accesses[1]?.owner).toMatchObject({
      ...{ path: '/usr/lib/libhello.so.1.0', rule: 'content', package: { name: 'hello' }, content: sha256('changed') },
    });
  });

  it("keeps no folder that only leads to what is the host's", async () => {
    await root.file('/cvmfs/soft.example.org/bin/tool', '');
    await root.file('/opt/mpi/lib/libmpi.so.40', '');
    await captureOf(
      traceOf([access('/cvmfs/soft.example.org/bin/tool', 'read'), access('/opt/mpi/lib/libmpi.so.40', 'read')]),
    );
    expect((await snapshotPaths()).filter((path) => /^\/(?:cvmfs|opt)/.test(path))).toEqual([]);
  });

  it('gives the same bytes for the same trace', async () => {
    const trace = traceOf([access('/usr/bin/hello', 'executed'), access('/home/ada/work/data.csv', 'read')]);
    await captureOf(trace);
    const first = await folderBytes();
    await captureOf(trace);
    expect((await folderBytes()).equals(first)).toBe(true);
  });

  it('carries code, configuration and links, names data, and lists what is over the limit', async () => {
    await root.file('/usr/local/bin/tool', 'x'.repeat(2000), 0o755);
    await root.file('/etc/tool.conf', 'a=1\n', 0o640);
    await root.file('/home/ada/work/lib.py', 'A = 1\n');
    await root.link('/home/ada/work/current', 'data.csv');
    await captureOf(
      traceOf([
        access('/usr/local/bin/tool', 'executed'),
        access('/etc/tool.conf', 'read'),
        access('/home/ada/work/lib.py', 'read'),
        access('/home/ada/work/current', 'read'),
      ]),
      { carryLimit: 1000 },
    );
    const { manifest } = await readSpecification(output);
    expect(manifest.files.map(({ path, carried, target, why }) => ({ path, carried, target, why }))).toEqual([
      { path: '/etc/tool.conf', carried: true },
      { path: '/home/ada/work/current', carried: true, target: 'data.csv' },
      { path: '/home/ada/work/lib.py', carried: true },
      { path: '/usr/local/bin/tool', carried: false, why: '2000 bytes, over the limit of 1000' },
    ]);
    expect(manifest.runs[0]?.inputs.map(({ path }) => path)).toEqual(['/home/ada/work/data.csv']);
  });

  it('names an input that lies in shared memory, which is no file of the kernel', async () => {
    await root.file('/dev/shm/table.csv', 'a,b\n');
    await captureOf(traceOf([access('/usr/bin/hello', 'executed'), access('/dev/shm/table.csv', 'read')]));
    const { manifest } = await readSpecification(output);
    expect(manifest.runs[0]?.inputs).toEqual([{ path: '/dev/shm/table.csv', sha256: sha256('a,b\n'), size: 4 }]);
  });

  it('tells a private setting that the run read from one that it only looked at', async () => {
    await root.file('/home/ada/.toolrc', 'a=1\n', 0o600);
    await root.file('/home/ada/.other', 'a=1\n', 0o600);
    const { leftOut } = await captureOf(
      traceOf([access('/home/ada/.toolrc', 'read'), access('/home/ada/.other', 'examined')]),
    );
    expect(leftOut.map(({ path, rule, why }) => [path, rule, /the run read it/.test(why)])).toEqual([
      ['/home/ada/.other', 'private', false],
      ['/home/ada/.toolrc', 'private', true],
    ]);
  });

  it('remembers folders that hold nothing else of the spec', async () => {
    await mkdir(join(root.folder, 'home/ada/work/results/old'), { recursive: true });
    await mkdir(join(root.folder, 'srv/empty'), { recursive: true });
    await captureOf(
      traceOf([
        access('/home/ada', 'examined'),
        access('/home/ada/work', 'listed'),
        access('/home/ada/work/results', 'examined'),
        access('/home/ada/work/results/old', 'listed'),
        access('/srv', 'examined'),
        access('/srv/empty', 'listed'),
      ]),
    );
    const { manifest } = await readSpecification(output);
    const why = 'a folder that the run looked at';
    expect(manifest.files).toEqual([
      { path: '/home/ada/work/results/old', tree: { files: 0, size: 0 }, carried: true, why },
      { path: '/srv/empty', tree: { files: 0, size: 0 }, carried: true, why },
    ]);
  });

  it('names what packages bring and the origin does not have, when the run looked for it', async () => {
    await root.file(
      '/var/lib/dpkg/info/hello.list',
      '/.\n/usr\n/usr/bin\n/usr/bin/hello\n/usr/share/hello/site\n/usr/share/hello/unused\n',
    );
    await captureOf(
      traceOf([accessThrough('/bin/hello', '/usr/bin/hello', 'executed'), access('/usr/share/hello/site', 'absent')]),
    );
    const { manifest } = await readSpecification(output);
    expect(manifest.absent).toEqual([
      { path: '/usr/share/hello/site', why: 'not on the origin, though hello brings it' },
    ]);
  });

  it('carries the link or the folder that stands where a package brings a file', async () => {
    await root.file('/var/lib/dpkg/info/hello.list', '/.\n/usr\n/usr/bin\n/usr/bin/hello\n/usr/lib/a\n/usr/lib/b\n');
    const sum = '5d41402abc4b2a76b9719d911017c592';
    await root.file(
      '/var/lib/dpkg/info/hello.md5sums',
      `${sum}  usr/bin/hello\n${sum}  usr/lib/a\n${sum}  usr/lib/b\n`,
    );
    await root.link('/usr/lib/a', '../bin/hello');
    await mkdir(join(root.folder, 'usr/lib/b'), { recursive: true });
    const through = accessThrough('/usr/lib/a', '/usr/bin/hello', 'read');
    await captureOf(traceOf([through, access('/usr/lib/b', 'listed')]));
    const { manifest } = await readSpecification(output);
    expect(manifest.files).toMatchObject([
      { path: '/usr/lib/a', target: '../bin/hello', carried: true },
      { path: '/usr/lib/b', tree: { files: 0 }, carried: true },
    ]);
  });

  it('carries a link that people chose, such as that of the time zone', async () => {
    const installed = (name: string) =>
      `Package: ${name}\nStatus: install ok installed\nPriority: required\nArchitecture: all\nVersion: 1\nDescription: x\n\n`;
    await root.file('/var/lib/dpkg/status', installed('hello') + installed('tzdata'));
    await root.file('/var/lib/dpkg/info/tzdata.list', '/.\n/usr\n/usr/share/zoneinfo/Rome\n');
    await root.file('/usr/share/zoneinfo/Rome', 'TZif');
    await root.link('/etc/localtime', '/usr/share/zoneinfo/Rome');
    await captureOf(traceOf([access('/etc/localtime', 'read')]));
    const { manifest } = await readSpecification(output);
    expect(manifest.files).toMatchObject([
      { path: '/etc/localtime', target: '/usr/share/zoneinfo/Rome', carried: true },
    ]);
  });

  it('carries the links of an alternative that people registered for a program of their own', async () => {
    await root.file('/var/lib/dpkg/alternatives/tool', 'auto\n/usr/bin/tool\n\n/opt/tool.sh\n50\n\n');
    await root.link('/usr/bin/tool', '/etc/alternatives/tool');
    await root.link('/etc/alternatives/tool', '/opt/tool.sh');
    await root.file('/opt/tool.sh', '#!/bin/sh\n', 0o755);
    await captureOf(traceOf([accessThrough('/bin/tool', '/opt/tool.sh', 'executed')]));
    const { manifest } = await readSpecification(output);
    expect(manifest.files).toMatchObject([
      { path: '/etc/alternatives/tool', target: '/opt/tool.sh', carried: true },
      { path: '/opt/tool.sh', carried: true },
      { path: '/usr/bin/tool', target: '/etc/alternatives/tool', carried: true },
    ]);
  });

  it('keeps nothing of folders and links that only lead to where nothing was found', async () => {
    await mkdir(join(root.folder, 'home/ada/.cargo/bin'), { recursive: true });
    await mkdir(join(root.folder, 'opt/tools-1.2/bin'), { recursive: true });
    await root.link('/opt/tools', 'tools-1.2');
    await root.link('/etc/dangling.conf', 'nowhere');
    await captureOf(
      traceOf([
        access('/home/ada/.cargo/bin/hello', 'absent'),
        access('/opt/tools/bin/hello', 'absent'),
        access('/etc/dangling.conf', 'absent'),
        accessThrough('/bin/hello', '/usr/bin/hello', 'executed'),
      ]),
    );
    const paths = await snapshotPaths();
    expect(paths.filter((path) => path.includes('.cargo') || path.startsWith('/opt'))).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(['/bin', '/usr/bin', '/usr/bin/hello', '/etc/dangling.conf']));
    const { manifest } = await readSpecification(output);
    expect(manifest.files.map(({ path }) => path)).toEqual(['/etc/dangling.conf']);
  });

  it('carries data inputs when asked', async () => {
    await captureOf(traceOf([access('/home/ada/work/data.csv', 'read')]), { carryInputs: true });
    const spec = await readSpecification(output);
    expect(spec.manifest.runs[0]?.inputs).toMatchObject([{ path: '/home/ada/work/data.csv', carried: true }]);
    expect(await spec.contents.has(sha256('1,2\n'))).toBe(true);
  });

  it('carries a changed file of a package, with the reason', async () => {
    await root.file('/usr/bin/hello', 'jello', 0o755);
    await captureOf(traceOf([access('/usr/bin/hello', 'executed')]));
    const { manifest } = await readSpecification(output);
    expect(manifest.files).toMatchObject([{ path: '/usr/bin/hello', carried: true, why: 'changed; from hello' }]);
  });

  it('carries a tool that no package owns as one tree, less caches and keys', async () => {
    const tool = '/home/ada/.pyenv/versions/3.11.7';
    await root.file(`${tool}/bin/python3`, '\x7fELF...', 0o755);
    await root.file(`${tool}/lib/python3.11/os.py`, 'import x\n');
    await root.file(`${tool}/lib/python3.11/unused.py`, 'unused\n');
    await root.file(
      `${tool}/lib/python3.11/test/key.pem`,
      '-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----\n',
    );
    await root.file(`${tool}/.cache/junk`, 'junk');
    await root.link('/home/ada/.pyenv/versions/3.11', '3.11.7');
    const summary = await captureOf(
      traceOf([
        access('/home/ada/.pyenv/versions/3.11/bin/python3', 'executed'),
        access(`${tool}/lib/python3.11/os.py`, 'read'),
      ]),
    );
    const spec = await readSpecification(output);
    expect(spec.manifest.files).toMatchObject([
      { path: '/home/ada/.pyenv/versions/3.11', target: '3.11.7', carried: true },
      { path: tool, tree: { files: 3 }, carried: true },
    ]);
    expect(await spec.contents.has(sha256('unused\n'))).toBe(true);
    expect(await spec.contents.has(sha256('junk'))).toBe(false);
    expect(summary.leftOut).toMatchObject([{ path: `${tool}/lib/python3.11/test/key.pem`, rule: 'private-key' }]);
    expect(await snapshotPaths()).toContain(`${tool}/lib/python3.11/unused.py`);
  });

  it('carries the library of a Python of which only the bytecode was read', async () => {
    const library = '/home/ada/.local/lib/python3.12';
    await root.file(`${library}/encodings/__init__.py`, 'import codecs\n');
    await root.file(`${library}/encodings/__pycache__/__init__.cpython-312.pyc`, 'compiled');
    await root.file(`${library}/json/__init__.py`, 'unused\n');
    const read = access(`${library}/encodings/__pycache__/__init__.cpython-312.pyc`, 'read');
    await captureOf(traceOf([access(`${library}/encodings/__init__.py`, 'examined'), read]));
    const spec = await readSpecification(output);
    expect(spec.manifest.files).toMatchObject([{ path: library, tree: { files: 3 }, carried: true }]);
  });

  it("keeps a tool's machine code that knows how keys begin, used or not, and no text that does", async () => {
    const tool = '/home/ada/.pyenv/versions/3.11.7';
    const header = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
    const code = (name: string) => Buffer.from(`\x7fELF\x02\x01\x01\0${name}\0${header}\0`, 'latin1');
    const names = ['bin/ssh-keygen', 'lib/libssh.so.4', 'lib/libunused.so'];
    for (const name of names) await root.file(`${tool}/${name}`, code(name), 0o755);
    await root.file(`${tool}/lib/key.py`, `KEY = """${header}MIIabc"""\n`);
    await root.file(`${tool}/lib/__pycache__/key.cpython-311.pyc`, `\xa7\r\r\n\0\0\0\0${header}MIIabc`);
    await root.file(`${tool}/lib/liblike.so`, `${header}MIIabc\n`);
    await root.file('/home/ada/work/own.so', code('own.so'), 0o755);
    const summary = await captureOf(
      traceOf([
        access(`${tool}/bin/ssh-keygen`, 'executed'),
        access(`${tool}/lib/libssh.so.4`, 'read'),
        access(`${tool}/lib/key.py`, 'read'),
        access('/home/ada/work/own.so', 'read'),
      ]),
    );
    const { contents } = await readSpecification(output);
    const inSnapshot = await snapshotPaths();
    for (const name of names) {
      expect([name, await contents.has(sha256(code(name)))]).toEqual([name, true]);
      expect(inSnapshot).toContain(`${tool}/${name}`);
    }
    const left = ['lib/__pycache__/key.cpython-311.pyc', 'lib/key.py', 'lib/liblike.so'].map(
      (name) => `${tool}/${name}`,
    );
    const leftOut = summary.leftOut.map(({ path, rule }) => [path, rule]).sort();
    expect(leftOut).toEqual([...left, '/home/ada/work/own.so'].map((path) => [path, 'private-key']));
    for (const path of left) expect(inSnapshot).not.toContain(path);
    expect((await folderBytes()).includes('MIIabc')).toBe(false);
  });

  it('names outputs, redirected ones too, and keeps them out of the snapshot', async () => {
    await root.file('/home/ada/work/out.txt', 'result\n');
    await root.file('/home/ada/work/log.txt', 'log\n');
    const trace = traceOf(
      [
        { path: pathFromText('/home/ada/work/out.txt'), uses: ['written', 'created'], before: 'absent' },
        { path: pathFromText('/home/ada/work/gone.tmp'), uses: ['written', 'created', 'removed'], before: 'absent' },
        { path: pathFromText('/home/ada/work/data.csv'), uses: ['read', 'written'], before: 'unknown' },
      ],
      {
        streams: {
          stdin: { kind: 'null' },
          stdout: { kind: 'file', path: pathFromText('/home/ada/work/log.txt'), append: true },
          stderr: { kind: 'terminal' },
        },
      },
    );
    await captureOf(trace);
    const { manifest } = await readSpecification(output);
    expect(manifest.runs[0]).toMatchObject({
      stdout: { file: '/home/ada/work/log.txt', append: true },
      inputs: [{ path: '/home/ada/work/data.csv', before: 'unknown' }],
      outputs: [
        { path: '/home/ada/work/data.csv' },
        { path: '/home/ada/work/log.txt', sha256: sha256('log\n') },
        { path: '/home/ada/work/out.txt', sha256: sha256('result\n') },
      ],
    });
    expect(manifest.runs[0]?.inputs).toEqual([{ path: '/home/ada/work/data.csv', before: 'unknown' }]);
    const paths = await snapshotPaths();
    expect(paths).not.toContain('/home/ada/work/out.txt');
    expect(paths).not.toContain('/home/ada/work/data.csv');
    expect(paths).toContain('/home/ada/work');
  });

  it('learns from repeated runs what varies by itself', async () => {
    const written = ['stamp.txt', 'result.txt'].map((name) => access(`/home/ada/work/${name}`, 'written', 'created'));
    const first = traceOf([...written, access('/usr/bin/hello', 'executed')]);
    const second = traceOf([
      ...written,
      access('/usr/bin/hello', 'executed'),
      access('/home/ada/work/data.csv', 'read'),
    ]);
    const outputHashes = [];
    for (const [index, trace] of [first, second].entries()) {
      await root.file('/home/ada/work/stamp.txt', `run ${index}\n`);
      await root.file('/home/ada/work/result.txt', 'same\n');
      outputHashes.push(await hashOutputs(trace, root.machine));
    }
    const options = { repack: 'none' } as const;
    await capture({ traces: [first, second], outputHashes, machine: root.machine, output, options });
    const spec = await readSpecification(output);
    expect(spec.manifest.runs[0]?.outputs).toEqual([
      { path: '/home/ada/work/result.txt', sha256: sha256('same\n'), size: 5 },
      { path: '/home/ada/work/stamp.txt', sha256: sha256('run 0\n'), size: 6, varies: true },
    ]);
    expect((await spec.trace('hello'))?.varying).toEqual({
      accesses: ['/home/ada/work/data.csv'],
      outputs: ['/home/ada/work/stamp.txt'],
      runs: 2,
    });
  });

  it("finds what the caller's shell redirected with the caller, where the command ran elsewhere", async () => {
    await using caller = await fixtureRoot();
    for (const [path, text] of [
      ['/data/in.txt', 'in\n'],
      ['/data/out.txt', 'out\n'],
    ] as const) {
      await caller.file(path, text);
      await root.file(path, 'of the same name, and never touched\n');
    }
    const stream = (path: string) => ({ kind: 'file', path: pathFromText(path) }) as const;
    const streams = {
      stdin: stream('/data/in.txt'),
      stdout: stream('/data/out.txt'),
      stderr: { kind: 'null' } as const,
    };
    const trace = traceOf([access('/usr/bin/hello', 'executed')], { streams });
    const outputHashes = [await hashOutputs(trace, root.machine, undefined, caller.machine)];
    const options = { repack: 'none', carryInputs: true } as const;
    await capture({ traces: [trace], outputHashes, machine: root.machine, caller: caller.machine, output, options });
    const spec = await readSpecification(output);
    expect(spec.manifest.runs[0]).toMatchObject({
      inputs: [{ path: '/data/in.txt', sha256: sha256('in\n'), size: 3, carried: true }],
      outputs: [{ path: '/data/out.txt', sha256: sha256('out\n'), size: 4 }],
    });
    expect(await spec.contents.has(sha256('in\n'))).toBe(true);
  });

  it('keeps names that are not UTF-8', async () => {
    const name = Buffer.from('/home/ada/work/r\xe9sum\xe9 \n"x".csv', 'latin1');
    await writeFile(Buffer.concat([Buffer.from(root.folder), name]), 'x');
    await captureOf(traceOf([{ path: pathFromBytes(name), uses: ['read'] }]));
    const spec = await readSpecification(output);
    expect(spec.manifest.runs[0]?.inputs[0]?.path).toBe('/home/ada/work/r\\xe9sum\\xe9 \\x0a"x".csv');
    expect((await spec.trace('hello'))?.accesses[0]?.path).toBe(pathFromBytes(name));
  });

  it('lets no secret reach a written byte', async () => {
    const canary = (place: string) => `canary-${place}-4f1d2a`;
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary('pem')}\n-----END OPENSSH PRIVATE KEY-----\n`;
    await root.file('/home/ada/.ssh/id_rsa', canary('ssh'), 0o600);
    await root.file('/home/ada/.netrc', `machine a login b password ${canary('netrc')}\n`, 0o600);
    await root.file('/home/ada/.npmrc', `//r.example/:_authToken=${canary('npmrc')}\n`);
    await root.file(
      '/home/ada/work/.git/config',
      `[remote "origin"]\n\turl = https://ada:${canary('git')}@git.example/x.git\n`,
    );
    await root.file('/home/ada/work/settings.py', `KEY = """${key}"""\n`);
    await root.file('/home/ada/work/key.dat', key);
    await root.file('/home/ada/.config/private.ini', canary('private'), 0o600);
    await root.file('/etc/shadow', canary('shadow'), 0o640);
    const read = [
      '/home/ada/.ssh/id_rsa',
      '/home/ada/.netrc',
      '/home/ada/.npmrc',
      '/home/ada/work/.git/config',
      '/home/ada/work/settings.py',
      '/home/ada/work/key.dat',
      '/home/ada/.config/private.ini',
      '/etc/shadow',
    ];
    const argv = [
      'hello',
      `--password=${canary('option')}`,
      '--token',
      canary('word'),
      `https://u:${canary('url')}@h.example/`,
    ];
    const trace = traceOf(
      read.map((path) => access(path, 'read')),
      {
        argv,
        environment: {
          HOME: '/home/ada',
          DEPLOY_TOKEN: canary('environment'),
          PYTHON_API_TOKEN: canary('prefix'),
          LD_LIBRARY_PATH: `/lib:https://u:${canary('path')}@h/`,
        },
        processes: [
          { pid: 1, argv: ['curl', '-H', `Authorization: Bearer ${canary('header')}`, '-u', `ada:${canary('user')}`] },
          { pid: 2, argv: ['sh', '-c', `echo ${canary('environment')} ; PGPASSWORD=${canary('assigned')} psql`] },
          { pid: 3, argv: ['mysql', `-p${canary('mysql')}`] },
        ],
      },
    );
    const summary = await captureOf(trace, { environment: ['EDITOR'] });
    const written = (await folderBytes()).toString('latin1');
    expect(written.match(/canary-[a-z]+/g) ?? []).toEqual([]);
    expect(JSON.stringify(summary) + formatSummary(summary)).not.toContain('canary');
    for (const path of read) expect(written).not.toContain(sha256(await readFile(root.folder + path)));
    expect(summary.leftOut.map(({ path, rule }) => [path, rule])).toEqual([
      ['/etc/shadow', 'password-database'],
      ['/home/ada/.config/private.ini', 'private'],
      ['/home/ada/.netrc', 'credentials-file'],
      ['/home/ada/.npmrc', 'credentials-file'],
      ['/home/ada/.ssh/id_rsa', 'ssh-key'],
      ['/home/ada/work/.git/config', 'url-credentials'],
      ['/home/ada/work/key.dat', 'private-key'],
      ['/home/ada/work/settings.py', 'private-key'],
    ]);
    const spec = await readSpecification(output);
    expect(spec.manifest.runs[0]?.masked).toBe(true);
    expect((await spec.trace('hello'))?.accesses.every(({ owner }) => owner.state === 'left-out')).toBe(true);
    const snapshot: FileEntry[] = [];
    for await (const entry of spec.snapshot()) snapshot.push(entry);
    expect(snapshot.filter(({ path }) => read.includes(path))).toEqual([]);
  });

  it('carries a private file that the user names', async () => {
    await root.file('/home/ada/.netrc', 'machine a\n', 0o600);
    const options = { carry: [pathFromText('/home/ada/.netrc')] };
    await captureOf(traceOf([access('/home/ada/.netrc', 'read')]), options);
    const { manifest } = await readSpecification(output);
    expect(manifest.files).toMatchObject([{ path: '/home/ada/.netrc', mode: '0600', carried: true }]);
  });

  it('carries a folder that the user names as a tree, and says what it does not find', async () => {
    await root.file('/srv/model/weights.bin', 'weights');
    const carry = ['/srv/model', '/srv/nothing'].map((path) => pathFromText(path));
    const summary = await captureOf(traceOf([]), { carry });
    const { manifest, contents } = await readSpecification(output);
    expect(manifest.files).toEqual([{ path: '/srv/model', tree: { files: 1, size: 7 }, carried: true }]);
    expect(await contents.has(sha256('weights'))).toBe(true);
    expect(summary.notes).toContain('/srv/nothing is to be carried, and is not there.');
  });

  it('removes what a killed trace left', async () => {
    const gone = join(root.folder, '..', '.environment.d.4194305-0123abcd.part');
    await mkdir(gone);
    await captureOf(traceOf([]));
    expect(await readdir(join(root.folder, '..'))).toEqual(['environment.d', 'environment.yml', 'root']);
  });

  it('leaves a file of another kind alone, and nothing half-made behind', async () => {
    await writeFile(output, 'shopping: [milk]\n');
    await expect(captureOf(traceOf([]))).rejects.toThrow('a file that is not a spec of reproman is in the way');
    expect(await readFile(output, 'utf8')).toBe('shopping: [milk]\n');
    expect(await readdir(join(root.folder, '..'))).toEqual(['environment.yml', 'root']);
  });
});

describe('readSpecification of a captured spec', () => {
  beforeEach(async () => {
    await root.file('/usr/local/bin/tool', '#!/bin/sh\n', 0o755);
    await captureOf(traceOf([access('/usr/bin/hello', 'executed'), access('/usr/local/bin/tool', 'executed')]));
  });

  const folder = () => output.replace(/\.yml$/, '.d');

  it('calls the lock of an edited manifest stale, not that of a commented one', async () => {
    const text = await readFile(output, 'utf8');
    await writeFile(output, `# seen by Ada\n${text}`);
    expect((await readSpecification(output)).lock).toBeDefined();
    await writeFile(output, text.replace('hello=2.10-3', 'hello'));
    const edited = await readSpecification(output);
    expect([edited.lock, edited.stale?.distributions[0]?.name]).toEqual([undefined, 'debian']);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'the folder',
      () => rm(folder(), { recursive: true }),
      /made by a trace, and the folder that belongs to it is missing/,
    ],
    ['the lock', () => rm(join(folder(), 'lock.json')), /has no lock.json: it is not complete/],
    ['half of the lock', () => truncate(join(folder(), 'lock.json'), 100), /not valid JSON: it is damaged or cut off/],
    ['the snapshot', () => rm(join(folder(), 'snapshot.jsonl.gz')), /environment.d is not complete: a part is missing/],
    ['a content', () => rm(join(folder(), 'contents', sha256('#!/bin/sh\n'))), /not complete: a part is missing/],
    [
      'an end of a content',
      () => truncate(join(folder(), 'contents', sha256('#!/bin/sh\n')), 3),
      /a part has 3 bytes instead of 10/,
    ],
  ])('says what is wrong when a copy lost %s', async (_what, damage, message) => {
    await damage();
    await expect(readSpecification(output)).rejects.toThrow(message);
  });

  it('finds a changed content when it is used', async () => {
    await writeFile(join(folder(), 'contents', sha256('#!/bin/sh\n')), '#!/bin/bs\n');
    const { contents } = await readSpecification(output);
    await expect(contents.locate(sha256('#!/bin/sh\n'))).rejects.toThrow('a content of the spec is damaged');
    await expect(contents.open(sha256('#!/bin/sh\n')).toArray()).rejects.toThrow('a content of the spec is damaged');
    await expect(contents.locate('../../etc/passwd')).rejects.toThrow('not the hash of a content');
  });

  it('finds a damaged snapshot when it is read', async () => {
    await writeFile(join(folder(), 'snapshot.jsonl.gz'), 'not gzip');
    const spec = await readSpecification(output);
    await expect(drain(spec.snapshot())).rejects.toThrow('damaged');
  });

  it('refuses a lock whose parts lie elsewhere', async () => {
    const file = join(folder(), 'lock.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"snapshot.jsonl.gz"', '"../../../etc/passwd"'));
    await expect(readSpecification(output)).rejects.toThrow('expected the part snapshot.jsonl.gz');
  });
});

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _item of items);
}
