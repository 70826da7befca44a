import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import type { Machine } from '../../src/machines/machine.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { showPath } from '../../src/model/file-path.js';
import { assembleProof, type PathVerdict, proofExitCode, proofSchema } from '../../src/proof/proof.js';
import { type VerifyOptions, verifyTree } from '../../src/proof/verify.js';
import type { AccessRecord } from '../../src/spec/specification.js';
import { at, file, folder, link, loose, owned, type SpecParts, specOf, tool, traceOf, tree } from './trees.js';

const program = file('/usr/bin/tool', 'program', { mode: 0o755 });
const base = tree(program, folder('/etc'), folder('/usr/local/bin'), folder('/work'), link('/bin', 'usr/bin'));

interface Case {
  readonly name: string;
  readonly origin: readonly FileEntry[];
  readonly created: readonly FileEntry[];
  readonly access: AccessRecord;
  readonly more?: readonly AccessRecord[];
  readonly manifest?: NonNullable<SpecParts['manifest']>;
  readonly lock?: SpecParts['lock'];
  readonly contents?: Readonly<Record<string, string | Buffer>>;
  readonly substitutes?: VerifyOptions['substitutes'];
  /** Whether the Python of the created tree makes that code of its source; absent: it has none. */
  readonly recompiles?: boolean;
  readonly verdict: PathVerdict['verdict'];
  readonly cause?: PathVerdict['cause'];
  readonly ok: boolean;
}

const reference = { distribution: 'debian', version: '1.0', architecture: 'amd64' };
const substitute = { ...reference, sameness: 'other-version', instead: '1.1' } as const;
const settings = file('/etc/tool.conf', 'settings');
const script = file('/usr/local/bin/mine', 'script', { mode: 0o755 });
const carried = { files: [{ path: '/usr/local/bin/mine', sha256: script.hash, mode: '0755', carried: true }] };
const generated = { state: 'generated', rule: 'linker-cache', onCreate: 'regenerate' } as const;
const bytecode = (size: number, date: number, body = 'code') => {
  const header = Buffer.from('a70d0d0a00000000', 'hex');
  const words = Buffer.alloc(8);
  words.writeUInt32LE(date, 0);
  words.writeUInt32LE(size, 4);
  return Buffer.concat([header, words, Buffer.from(body)]);
};
const pyc = '/usr/lib/python3/__pycache__/m.cpython-311.pyc';
const module = file('/usr/lib/python3/m.py', 'import os');
const accounts = (uid: number): SpecParts['lock'] => ({
  version: 1,
  manifest: sha256(''),
  epoch: 0,
  distributions: [
    {
      name: 'debian',
      accounts: {
        users: [{ name: 'ann', uid, gid: 1000, gecos: '', home: '/home/ann', shell: '/bin/sh' }],
        groups: [],
      },
    },
  ],
  halves: {},
  traces: {},
  contents: {},
});

const cases: Case[] = [
  {
    name: 'an equal program',
    origin: base,
    created: base,
    access: owned('/usr/bin/tool', ['executed']),
    verdict: 'identical',
    ok: true,
  },
  {
    name: 'a path through a merged /usr',
    origin: base,
    created: base,
    access: owned('/bin/tool', ['executed'], {}, { resolved: at('/usr/bin/tool') }),
    verdict: 'identical',
    ok: true,
  },
  {
    name: 'a date that differs',
    origin: base,
    created: base.map((entry) => ({ ...entry, mtime: 5 })),
    access: owned('/usr/bin/tool', ['read']),
    verdict: 'identical',
    ok: true,
  },
  {
    name: 'another content',
    origin: base,
    created: [...base, file('/usr/bin/tool', 'progrom', { mode: 0o755 })],
    access: owned('/usr/bin/tool', ['executed']),
    verdict: 'content',
    cause: 'unknown',
    ok: false,
  },
  {
    name: 'a content of another version',
    origin: base,
    created: [...base, file('/usr/bin/tool', 'newer', { mode: 0o755 }), file('/var/lib/dpkg/status', 'x')],
    access: owned('/usr/bin/tool', ['executed']),
    manifest: { distributions: [{ name: 'debian' }] },
    contents: {
      '/var/lib/dpkg/status': 'Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-2\n',
    },
    verdict: 'other-version',
    cause: 'other-version',
    ok: false,
  },
  {
    name: 'a content of what stands in for a package',
    origin: base,
    created: [...base, file('/usr/bin/tool', 'newer', { mode: 0o755 })],
    access: owned('/usr/bin/tool', ['executed']),
    substitutes: [{ ...substitute, name: 'tool' }],
    verdict: 'substituted',
    cause: 'substituted',
    ok: false,
  },
  {
    name: 'another content, where another package was substituted',
    origin: base,
    created: [...base, file('/usr/bin/tool', 'newer', { mode: 0o755 })],
    access: owned('/usr/bin/tool', ['executed']),
    substitutes: [{ ...substitute, name: 'other' }],
    verdict: 'content',
    cause: 'unknown',
    ok: false,
  },
  {
    name: 'another content, where the package was substituted for another architecture',
    origin: base,
    created: [...base, file('/usr/bin/tool', 'newer', { mode: 0o755 })],
    access: owned('/usr/bin/tool', ['executed']),
    substitutes: [{ ...substitute, name: 'tool', architecture: 'i386' }],
    verdict: 'content',
    cause: 'unknown',
    ok: false,
  },
  ...(['/one', '/other'] as const).map((place) => ({
    name: `a content of a package in /one, where the one in ${place} was substituted`,
    origin: base,
    created: [...base, file('/usr/bin/tool', 'newer', { mode: 0o755 })],
    access: owned('/usr/bin/tool', ['executed'], { package: { ...tool, at: at('/one') } }),
    substitutes: [{ ...substitute, name: 'tool', at: at(place) }],
    verdict: place === '/one' ? ('substituted' as const) : ('content' as const),
    cause: place === '/one' ? ('substituted' as const) : ('unknown' as const),
    ok: false,
  })),
  {
    name: 'a package that is not installed',
    origin: base,
    created: [file('/var/lib/dpkg/status', 'x')],
    access: owned('/usr/bin/tool', ['executed']),
    manifest: { distributions: [{ name: 'debian' }] },
    contents: { '/var/lib/dpkg/status': 'Package: other\nStatus: install ok installed\nVersion: 1\n' },
    verdict: 'missing',
    cause: 'missing',
    ok: false,
  },
  {
    name: 'a mode',
    origin: base,
    created: [...base, { ...program, mode: 0o4755 }],
    access: owned('/usr/bin/tool', ['executed']),
    verdict: 'mode',
    ok: false,
  },
  {
    name: 'an owner',
    origin: base,
    created: [...base, { ...program, uid: 7 }],
    access: owned('/usr/bin/tool', ['executed']),
    verdict: 'owner',
    ok: false,
  },
  {
    name: 'a type',
    origin: base,
    created: [...base, folder('/usr/bin/tool')],
    access: owned('/usr/bin/tool', ['executed']),
    verdict: 'type',
    ok: false,
  },
  {
    name: 'a missing file',
    origin: base,
    created: base.filter((entry) => entry !== program),
    access: owned('/usr/bin/tool', ['executed']),
    verdict: 'missing',
    ok: false,
  },
  {
    name: 'a link that leads elsewhere',
    origin: [...base, link('/usr/bin/awk', 'tool')],
    created: [...base, link('/usr/bin/awk', 'gawk'), { ...program, path: at('/usr/bin/gawk') }],
    access: owned('/usr/bin/awk', ['executed']),
    verdict: 'link',
    ok: false,
  },
  {
    name: 'a link that leads nowhere on both',
    origin: [...base, link('/etc/x', 'gone')],
    created: [...base, link('/etc/x', 'gone')],
    access: owned('/etc/x', ['examined', 'absent']),
    verdict: 'identical',
    ok: true,
  },
  {
    name: 'an absent path',
    origin: base,
    created: base,
    access: loose('/etc/nothing', ['absent']),
    verdict: 'identical',
    ok: true,
  },
  {
    name: 'an absent path that is there',
    origin: base,
    created: [...base, file('/etc/nothing')],
    access: loose('/etc/nothing', ['absent']),
    verdict: 'present-though-absent',
    ok: false,
  },
  {
    name: 'a program that comes first',
    origin: base,
    created: [...base, file('/usr/local/bin/tool', 'evil', { mode: 0o755 })],
    access: loose('/usr/local/bin/tool', ['absent']),
    more: [owned('/usr/bin/tool', ['executed'])],
    verdict: 'shadowed',
    cause: 'shadowed',
    ok: false,
  },
  {
    name: 'a carried script',
    origin: [...base, script],
    created: [...base, script],
    access: loose('/usr/local/bin/mine', ['executed']),
    manifest: carried,
    verdict: 'carried',
    ok: true,
  },
  {
    name: 'a carried script that is another',
    origin: [...base, script],
    created: [...base, file('/usr/local/bin/mine', 'Script', { mode: 0o755 })],
    access: loose('/usr/local/bin/mine', ['executed']),
    manifest: carried,
    verdict: 'content',
    ok: false,
  },
  {
    name: 'a file that was over the limit',
    origin: [...base, script],
    created: base,
    access: loose('/usr/local/bin/mine', ['executed']),
    manifest: { files: [{ path: '/usr/local/bin/mine', carried: false, why: 'over the limit' }] },
    verdict: 'missing',
    cause: 'not-carried',
    ok: false,
  },
  {
    name: 'an edited setting',
    origin: [...base, settings],
    created: [...base, file('/etc/tool.conf', 'other')],
    access: owned('/etc/tool.conf', ['read'], { state: 'modified' }),
    verdict: 'content',
    cause: 'configuration',
    ok: false,
  },
  {
    name: 'the linker cache',
    origin: [...base, file('/etc/ld.so.cache', 'a')],
    created: [...base, file('/etc/ld.so.cache', 'b')],
    access: owned('/etc/ld.so.cache', ['read'], generated),
    verdict: 'volatile',
    cause: 'volatile-rule',
    ok: true,
  },
  {
    name: 'the mode of the linker cache',
    origin: [...base, file('/etc/ld.so.cache', 'a')],
    created: [...base, file('/etc/ld.so.cache', 'b', { mode: 0o600 })],
    access: owned('/etc/ld.so.cache', ['read'], generated),
    verdict: 'content',
    ok: false,
  },
  {
    name: 'compiled Python of the same source',
    origin: [...base, module, file(pyc, 'a')],
    created: [...base, module, file(pyc, 'b')],
    access: owned(pyc, ['read'], { ...generated, rule: 'python-bytecode' }),
    contents: { [pyc]: bytecode(9, 1000) },
    recompiles: true,
    verdict: 'volatile',
    ok: true,
  },
  {
    name: 'compiled Python that is not what its source gives',
    origin: [...base, module, file(pyc, 'a')],
    created: [...base, module, file(pyc, 'b')],
    access: owned(pyc, ['read'], { ...generated, rule: 'python-bytecode' }),
    contents: { [pyc]: bytecode(9, 1000) },
    recompiles: false,
    verdict: 'content',
    cause: 'environment',
    ok: false,
  },
  {
    name: 'compiled Python where no Python can tell',
    origin: [...base, module, file(pyc, 'a')],
    created: [...base, module, file(pyc, 'b')],
    access: owned(pyc, ['read'], { ...generated, rule: 'python-bytecode' }),
    contents: { [pyc]: bytecode(9, 1000) },
    verdict: 'unproved',
    ok: false,
  },
  {
    name: 'compiled Python of another source',
    origin: [...base, module, file(pyc, 'a')],
    created: [...base, module, file(pyc, 'b')],
    access: owned(pyc, ['read'], { ...generated, rule: 'python-bytecode' }),
    contents: { [pyc]: bytecode(8, 1000) },
    verdict: 'content',
    ok: false,
  },
  {
    name: 'accounts that were merged',
    origin: [...base, file('/etc/passwd', 'a')],
    created: [...base, file('/etc/passwd', 'b')],
    access: owned('/etc/passwd', ['read'], generated),
    lock: accounts(1000),
    contents: { '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n' },
    verdict: 'volatile',
    ok: true,
  },
  {
    name: 'an account with another id',
    origin: [...base, file('/etc/passwd', 'a')],
    created: [...base, file('/etc/passwd', 'b')],
    access: owned('/etc/passwd', ['read'], generated),
    lock: accounts(1001),
    contents: { '/etc/passwd': 'ann:x:1000:1000:Ann:/home/ann:/bin/sh\n' },
    verdict: 'content',
    ok: false,
  },
  {
    name: 'a file of the engine',
    origin: [...base, file('/etc/hosts', 'a')],
    created: [...base, file('/etc/hosts', 'b')],
    access: loose('/etc/hosts', ['read']),
    verdict: 'engine',
    ok: true,
  },
  {
    name: 'a carried link that the engine makes too',
    origin: [...base, link('/etc/mtab', '/proc/mounts')],
    created: [...base, link('/etc/mtab', '../proc/self/mounts')],
    access: owned('/etc/mtab', ['examined'], { state: 'generated', rule: 'mount-table', onCreate: 'carry' }),
    verdict: 'engine',
    ok: true,
  },
  {
    name: 'a file of the kernel',
    origin: base,
    created: base,
    access: loose('/proc/self/maps', ['read']),
    verdict: 'engine',
    ok: true,
  },
  {
    name: 'a device that is written to',
    origin: base,
    created: base,
    access: loose('/dev/null', ['written']),
    verdict: 'engine',
    ok: true,
  },
  {
    name: 'data of the run',
    origin: [...base, file('/work/in.csv')],
    created: base,
    access: loose('/work/in.csv', ['read']),
    manifest: { runs: [{ id: 'tool', command: ['tool'], cwd: '/work', inputs: [{ path: '/work/in.csv' }] }] },
    verdict: 'input',
    ok: true,
  },
  {
    name: 'what the run made',
    origin: [...base, file('/work/out')],
    created: base,
    access: loose('/work/out', ['written', 'created'], { before: 'absent' }),
    verdict: 'changed',
    ok: true,
  },
  {
    name: 'what a rule leaves out although the run read it',
    origin: base,
    created: base,
    access: {
      ...loose('/root/.netrc', ['read']),
      owner: { path: at('/root/.netrc'), state: 'left-out', rule: 'credentials-file' },
    },
    verdict: 'unproved',
    cause: 'left-out',
    ok: false,
  },
  {
    name: 'what a rule leaves out',
    origin: base,
    created: base,
    access: {
      ...loose('/root/.netrc', ['examined']),
      owner: { path: at('/root/.netrc'), state: 'left-out', rule: 'credentials-file' },
    },
    verdict: 'left-out',
    ok: true,
  },
  {
    name: 'what the snapshot does not know',
    origin: base,
    created: base,
    access: loose('/opt/x', ['read']),
    verdict: 'unproved',
    cause: 'not-recorded',
    ok: false,
  },
  {
    name: 'what could not be read on the origin',
    origin: [...base, { ...settings, hash: undefined, unreadable: 'EACCES' } as unknown as FileEntry],
    created: [...base, settings],
    access: owned('/etc/tool.conf', ['read']),
    verdict: 'unproved',
    cause: 'not-recorded',
    ok: false,
  },
];

function md5(content: string): string {
  return createHash('md5').update(content).digest('hex');
}

function unique(entries: readonly FileEntry[]): FileEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}

/** Its Python says of every code whether it is that of its source; undefined: it has none. */
function machineWithPython(isItsCode: boolean | undefined): Machine {
  const spawn = async () => ({ stdout: Readable.from([isItsCode ? 'same\n' : 'other\n']), exited: Promise.resolve() });
  return (isItsCode === undefined ? {} : { shell: { spawn } }) as unknown as Machine;
}

describe('the verdict on an accessed path', () => {
  it.each(cases)('$name: $verdict', async ({ access, more = [], contents, ...given }) => {
    const spec = specOf({
      origin: unique(given.origin),
      trace: traceOf([access, ...more]),
      ...(given.manifest ? { manifest: given.manifest } : {}),
      lock: given.lock,
    });
    const proof = await verifyTree({
      spec,
      entries: unique(given.created),
      ...(given.substitutes ? { substitutes: given.substitutes } : {}),
      readContent: async (path) => Buffer.from(contents?.[path] ?? ''),
      machine: async () => machineWithPython(given.recompiles),
    });
    const row = proof.runs[0]?.paths.find(({ path }) => path === showPath(access.path));
    expect(row).toMatchObject({ verdict: given.verdict, ...(given.cause ? { cause: given.cause } : {}) });
    expect(proof.ok).toBe(given.ok);
    const whole = assembleProof(proof);
    expect(proofSchema.parse(JSON.parse(JSON.stringify(whole)))).toEqual(JSON.parse(JSON.stringify(whole)));
    expect(proofExitCode(whole)).toBe(given.ok ? 0 : 6);
  });
});

describe('every entry of the snapshot', () => {
  const extra = file('/usr/share/tool/data');
  const spec = specOf({ origin: [...base, extra, settings], trace: traceOf([owned('/usr/bin/tool', ['executed'])]) });

  it('names a file that no run used and that differs', async () => {
    const proof = await verifyTree({ spec, entries: [...base, settings, file('/usr/share/tool/data', 'other')] });
    expect(proof.snapshot.differences.map(({ path, verdict }) => [path, verdict])).toContainEqual([
      '/usr/share/tool/data',
      'content',
    ]);
    expect(proof.ok).toBe(false);
  });

  it.each([
    ['the origin', 'created'],
    ['the created tree', 'origin'],
  ])('does not take a file for identical whose content was not read on %s, whatever its size', async (_, known) => {
    const { hash: _hash, ...unread } = extra;
    const trace = traceOf([owned('/usr/bin/tool', ['executed'])]);
    const proof = await verifyTree({
      spec: specOf({ origin: [...base, known === 'origin' ? extra : unread], trace }),
      entries: [...base, known === 'origin' ? unread : extra],
    });
    expect(proof.snapshot.differences).toMatchObject([
      { path: '/usr/share/tool/data', verdict: 'unproved', cause: 'not-recorded' },
    ]);
    expect(proof.snapshot.totals).toEqual({ identical: base.length, unproved: 1 });
  });

  const shipped = { ...spec, manifest: { ...spec.manifest, distributions: [{ name: 'debian' }] } };
  const status = file('/var/lib/dpkg/status');
  const read = (setting: string) => async (path: string) =>
    Buffer.from(
      path === '/etc/tool.conf'
        ? setting
        : `Package: tool\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/tool.conf ${md5('pristine')}\n`,
    );
  const withSetting = (content: string) => ({
    spec: shipped,
    entries: [...base, extra, status, file('/etc/tool.conf', content)],
    readContent: read(content),
  });

  it('tolerates a setting that was edited on the origin, that no run used, and that is as its package ships it', async () => {
    const proof = await verifyTree(withSetting('pristine'));
    expect(proof.snapshot.differences).toMatchObject([
      { path: '/etc/tool.conf', cause: 'configuration', tolerated: true, rule: 'unused-setting' },
    ]);
    expect(proof.ok).toBe(true);
  });

  it('does not tolerate a setting that is neither as on the origin nor as its package ships it', async () => {
    const proof = await verifyTree(withSetting('tampered'));
    expect(proof.snapshot.differences).toMatchObject([{ path: '/etc/tool.conf', verdict: 'content' }]);
    expect(proof.ok).toBe(false);
  });

  it('does not tolerate a file below /etc that no package ships as a setting, nor the mode of an unused folder', async () => {
    const generated = await verifyTree({ spec, entries: [...base, extra, file('/etc/tool.conf', 'other')] });
    expect(generated.ok).toBe(false);
    const entries = [...base, extra, settings, folder('/usr/local/bin', { mode: 0o700 })];
    expect((await verifyTree({ spec, entries: unique(entries) })).ok).toBe(false);
  });
});

describe('volatile rules', () => {
  const log = (number: number) => owned(`/var/log/${number}`, ['read']);
  const entries = (content: string) => [0, 1, 2].map((number) => file(`/var/log/${number}`, `${content}${number}`));
  const programs = Array.from({ length: 100 }, (_, number) => file(`/usr/bin/p${number}`, 'p', { mode: 0o755 }));

  it.each([
    [1, true],
    [2, false],
  ])('may excuse %i of a hundred owned files: %s', async (number, ok) => {
    const origin = tree(...programs, ...entries('a'));
    const created = tree(...programs, ...entries('b'));
    const accesses = [
      ...programs.slice(0, 100 - number).map(({ path }) => owned(path, ['read'])),
      ...Array.from({ length: number }, (_, at) => log(at)),
    ];
    const proof = await verifyTree({ spec: specOf({ origin, trace: traceOf(accesses) }), entries: created });
    expect(proof.volatility).toMatchObject({ owned: 100, volatile: number, programs: [], ok });
    expect(proof.ok).toBe(ok);
  });

  it.each([
    ['/var/log/x', 0o755],
    ['/var/log/x.ts', 0o644],
    ['/var/log/x.wasm', 0o644],
    ['/var/log/libx.dylib', 0o644],
  ])('may excuse no program: %s', async (path, mode) => {
    const origin = tree(...programs, file(path, 'a', { mode }));
    const created = tree(...programs, file(path, 'b', { mode }));
    const accesses = [...programs.map((each) => owned(each.path, ['read'])), loose(path, ['read'])];
    const proof = await verifyTree({ spec: specOf({ origin, trace: traceOf(accesses) }), entries: created });
    expect(proof.volatility).toMatchObject({ programs: [path], ok: false });
    expect(proof.ok).toBe(false);
  });
});

it('says the same of what the host supplies, whether it is asked for a run or for the snapshot', async () => {
  const driver = file('/usr/lib/libdriver.so');
  const access = { ...loose(driver.path, ['read']), owner: { path: driver.path, state: 'host-bound' as const } };
  const proof = await verifyTree({
    spec: specOf({ origin: [...base, driver], trace: traceOf([access]) }),
    entries: base,
  });
  const [ofRun, ofSnapshot] = [proof.runs[0]?.paths[0], proof.snapshot.differences[0]];
  expect(ofSnapshot).toMatchObject({ path: driver.path, verdict: 'engine', cause: 'mounted-by-engine' });
  expect(ofRun).toMatchObject({ verdict: ofSnapshot?.verdict, cause: ofSnapshot?.cause, rule: ofSnapshot?.rule });
});

it('names the package of a path', async () => {
  const spec = specOf({ origin: base, trace: traceOf([owned('/usr/bin/tool', ['executed'])]) });
  const proof = await verifyTree({ spec, entries: base });
  expect(proof.runs[0]?.paths[0]?.package).toEqual(tool);
});

describe('a changed file that was read through a link', () => {
  it('is told as changed on the origin, and its link is not', async () => {
    const access = owned('/usr/bin/t', ['read'], { path: at('/usr/bin/tool'), state: 'modified', rule: 'content' });
    const proof = await verifyTree({
      spec: specOf({ origin: [...base, link('/usr/bin/t', 'tool')], trace: traceOf([access]) }),
      entries: [
        ...tree(file('/usr/bin/tool', 'shipped', { mode: 0o755 })),
        ...base.slice(1),
        link('/usr/bin/t', './tool'),
      ],
    });
    const causes = proof.snapshot.differences.map(({ path, package: of, cause }) => [path, of?.name, cause]);
    expect(causes).toEqual([
      ['/usr/bin/t', 'tool', 'unknown'],
      ['/usr/bin/tool', 'tool', 'configuration'],
    ]);
  });
});
