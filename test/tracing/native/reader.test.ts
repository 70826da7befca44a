import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/model/access.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { readNativeLog, rootOf } from '../../../src/tracing/native/reader.js';
import type { RunRecord } from '../../../src/tracing/run-record.js';
import { settleAccesses } from '../../../src/tracing/settle.js';
import { dnsAnswer, dnsQuery } from '../../support/tracing/name-server.js';

const cwd = pathFromText('/work/folder');
const begin = {
  event: 'begin',
  format: 1,
  tracer: 'reproman-tracer 1',
  layer: 'ptrace',
  exact: false,
  kernel: '6.1',
  machine: 'x86_64',
  started: '2026-01-01T00:00:00Z',
  root: 10,
};
const end = { event: 'end', time: 2, events: 9, running: [] };
const hash = 'a'.repeat(64);

type Line = object | string;

function textOf(lines: readonly Line[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

async function* chunksOf(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(lines: readonly Line[], size = 7): Promise<RunRecord> {
  return readNativeLog(chunksOf(textOf([begin, ...lines]), size), cwd);
}

/** On a machine that has nothing: what is known is what the log says. */
async function accessesOf(lines: readonly Line[]): Promise<ReadonlyMap<string, Access>> {
  const run = await read(lines);
  const files = {
    entries: async function* (paths: readonly unknown[]) {
      for (const path of paths) yield [path, undefined];
    },
    contents: async function* () {},
  };
  const machine = { files, label: 'nowhere', isLocal: false } as never;
  const settled = await settleAccesses(run, { machine, born: async () => new Set(), own: [], kept: '/kept' });
  return new Map(settled.map((access) => [access.path, access]));
}

describe('rootOf', () => {
  it('knows the command’s process as soon as the first line is there', () => {
    const head = textOf([begin]);
    expect(rootOf(`${head}{"event":"pro`)).toBe(10);
    expect(rootOf(head.slice(0, -1))).toBeUndefined();
    expect(rootOf('')).toBeUndefined();
  });
});

describe('readNativeLog', () => {
  it('takes relative paths from their folder, and names of any bytes as they are', async () => {
    const lines = [
      { event: 'open', p: 10, path: 'a\u00ff\u0001\n"', base: '/other', flags: 'r' },
      { event: 'chdir', p: 10, path: 'sub' },
      { event: 'stat', p: 10, path: './x', errno: 'ENOENT' },
      { event: 'open', p: 10, path: '', real: '/by/descriptor', flags: 'r' },
      { event: 'chdir', p: 10, path: '', base: '/entered' },
      { event: 'stat', p: 10, path: 'y' },
    ];
    const run = await read(lines, 3);
    expect([...run.accesses.records.keys()]).toEqual([
      '/other/a\u00ff\u0001\n"',
      '/work/folder/sub',
      '/work/folder/sub/x',
      '/by/descriptor',
      '/entered',
      '/entered/y',
    ]);
  });

  it('knows what an open made, and what was there before, without asking the machine', async () => {
    const found = await accessesOf([
      { event: 'open', p: 10, path: '/new', flags: 'wct', created: true },
      { event: 'open', p: 10, path: '/old', flags: 'wct' },
      { event: 'open', p: 10, path: '/read', flags: 'r' },
    ]);
    expect(found.get('/new')).toEqual({ path: '/new', uses: ['written', 'created'], before: 'absent' });
    expect(found.get('/old')).toEqual({ path: '/old', uses: ['written'], before: 'unknown' });
    expect(found.get('/read')).toEqual({ path: '/read', uses: ['read'] });
  });

  it('gives content as it was before the run changed it, and tells whether it mattered', async () => {
    const earlier = (path: string, more = {}) => ({ event: 'before', p: 10, path, size: 3, sha256: hash, ...more });
    const found = await accessesOf([
      earlier('/appended', { kept: '1', mode: 0o600, uid: 5, gid: 6, mtime: 7.5 }),
      { event: 'open', p: 10, path: '/appended', flags: 'wca' },
      earlier('/overwritten'),
      { event: 'open', p: 10, path: '/overwritten', flags: 'wct' },
      { event: 'open', p: 10, path: '/overwritten', flags: 'r' },
      earlier('/moved'),
      earlier('/target'),
      { event: 'rename', p: 10, path: '/moved', toPath: '/target', replaced: true },
      { event: 'open', p: 10, path: '/read', flags: 'r' },
      earlier('/read'),
      { event: 'open', p: 10, path: '/read', flags: 'wct' },
      { event: 'before', p: 10, path: '/large', size: 9, unknown: 'over the limit' },
      { event: 'open', p: 10, path: '/large', flags: 'wa' },
    ]);
    const facts = { hash, size: 3 };
    expect(found.get('/appended')?.before).toEqual({
      ...facts,
      kept: '/kept/1',
      mode: 0o600,
      uid: 5,
      gid: 6,
      mtime: 7.5,
    });
    expect(found.get('/overwritten')?.before).toEqual({ ...facts, overwritten: true });
    expect(found.get('/moved')).toEqual({ path: '/moved', uses: ['removed'], before: facts });
    expect(found.get('/target')?.before).toEqual({ ...facts, overwritten: true });
    expect(found.get('/read')?.before).toEqual(facts);
    expect(found.get('/large')?.before).toBe('unknown');
  });

  it('tells a change of rights from one of content', async () => {
    const rights = (path: string, what: string) => ({ event: 'attributes', p: 10, path, what });
    const found = await accessesOf([
      rights('/script', 'mode'),
      { event: 'open', p: 10, path: '/script', flags: 'r' },
      rights('/both', 'owner'),
      { event: 'open', p: 10, path: '/both', flags: 'wct' },
      rights('/touched', 'times'),
    ]);
    expect(found.get('/script')).toEqual({ path: '/script', uses: ['read', 'written'], before: 'same' });
    expect(found.get('/both')?.before).toBe('unknown');
    expect(found.get('/touched')).toEqual({ path: '/touched', uses: ['examined'] });
  });

  it('keeps processes with their parents, environments, times and what they took', async () => {
    const run = await read([
      { event: 'environment', id: 'e', variables: ['A=1'] },
      { event: 'process', p: 10, time: 0 },
      {
        event: 'exec',
        p: 10,
        path: '/bin/sh',
        time: 0.1,
        argv: ['sh'],
        environment: 'e',
        uid: 0,
        opened: ['/lib/ld.so'],
      },
      { event: 'process', p: 11, parent: 10, time: 0.2 },
      { event: 'exit', p: 10, time: 0.5, code: 3, user: 0.25, peak: 4096 },
      { event: 'exit', p: 11, time: 0.6, signal: 'SIGTERM' },
      end,
    ]);
    const shell = { argv: ['sh'], executable: '/bin/sh', cwd, uid: 0, environment: 'e' };
    expect(run.processes.list()).toEqual([
      { pid: 10, ...shell, started: 0.1, ended: 0.5, usage: { user: 0.25, peak: 4096 }, exit: { code: 3 } },
      {
        pid: 11,
        parent: 10,
        startedBy: [0, 1],
        ...shell,
        started: 0.2,
        ended: 0.6,
        exit: { code: 143, signal: 'SIGTERM' },
      },
    ]);
    expect([run.complete, run.cut, run.outlived]).toEqual([true, false, 1]);
    expect([...run.environments]).toEqual([['e', ['A=1']]]);
    expect([...run.opened]).toEqual([['/bin/sh', new Set(['/lib/ld.so'])]]);
  });

  it('tells processes apart that had the same number one after the other', async () => {
    const run = await read([
      { event: 'process', p: 11, parent: 10, time: 1 },
      { event: 'exit', p: 11, time: 2, code: 1 },
      { event: 'process', p: 11, parent: 10, time: 3 },
      { event: 'exit', p: 11, time: 4, code: 2 },
    ]);
    expect(run.processes.list().map(({ pid, exit }) => [pid, exit?.code])).toEqual([
      [10, undefined],
      [11, 1],
      [11, 2],
    ]);
  });

  it('counts lines that it cannot read, and goes on', async () => {
    const run = await read([
      'nonsense',
      { event: 'open', p: 'x', path: '/a', flags: 'r' },
      { event: 'open', p: 10, path: '/b', flags: 'zz' },
      { event: 'unheard-of', p: 10 },
      { event: 'open', p: 10, path: '/c', flags: 'r' },
    ]);
    expect([run.unparsed, run.unparsedExample]).toEqual([4, 'nonsense']);
    expect([...run.accesses.records.keys()]).toEqual(['/c']);
  });

  it('knows a log without its end', async () => {
    expect((await read([{ event: 'exit', p: 10, time: 1, code: 0 }])).cut).toBe(true);
    expect((await read([{ event: 'exit', p: 10, time: 1, code: 0 }, end])).cut).toBe(false);
  });

  it('means what the kernel reached where a process has mounts of its own, and what it named below a root', async () => {
    const run = await read([
      { event: 'process', p: 11, parent: 10, time: 0 },
      { event: 'mount', p: 11, what: 'pivot_root' },
      { event: 'open', p: 11, path: '/etc/passwd', real: '/srv/root/etc/passwd', flags: 'r' },
      { event: 'open', p: 11, path: '/tmp/inside', real: '', flags: 'wct', created: true },
      { event: 'open', p: 10, path: '/etc/passwd', real: '/etc/real', flags: 'r' },
      { event: 'process', p: 12, parent: 10, time: 0 },
      { event: 'chroot', p: 12, path: '/srv/jail' },
      { event: 'stat', p: 12, path: '/bin', errno: 'ENOENT' },
    ]);
    expect([...run.accesses.records.keys()]).toEqual([
      '/srv/root/etc/passwd',
      '/etc/real',
      '/etc/passwd',
      '/srv/jail',
      '/srv/jail/bin',
    ]);
  });

  it('names connections as every tracer does, those within the trace excepted', async () => {
    const run = await read([
      { event: 'bind', p: 10, address: 'inet 127.0.0.1:80' },
      { event: 'connect', p: 10, address: 'inet 127.0.0.1:80' },
      { event: 'connect', p: 10, address: 'inet6 [::1]:443', errno: 'EINPROGRESS' },
      { event: 'connect', p: 10, address: 'inet 10.0.0.1:25', errno: 'ECONNREFUSED' },
      { event: 'connect', p: 10, address: 'unix /run/socket' },
      { event: 'connect', p: 10, address: 'unix /run/none', errno: 'ENOENT' },
      { event: 'connect', p: 10, address: 'unix @name' },
    ]);
    expect(run.outsideConnections()).toEqual(['[::1]:443', 'unix:/run/socket', 'unix:@name']);
    expect([...run.accesses.records.keys()]).toEqual(['/run/socket', '/run/none']);
  });

  it('names the program that a remark is about, and those that asked for random numbers', async () => {
    const run = await read([
      { event: 'note', p: 10, text: 'it began' },
      { event: 'exec', p: 10, path: '/usr/bin/gdb', time: 0, argv: ['gdb'] },
      { event: 'note', p: 10, text: 'it was refused' },
      { event: 'random', p: 10 },
    ]);
    expect([...run.notes]).toEqual(['Process 10: it began.', '/usr/bin/gdb: it was refused.']);
    expect([...run.drawing]).toEqual(['/usr/bin/gdb']);
  });

  it('names connections as they were looked up, whenever the answer came', async () => {
    const answer = (name: string, type: 'A' | 'AAAA', address: string) => ({
      event: 'answer',
      p: 11,
      data: dnsAnswer(dnsQuery(name, type), [address]).toString('latin1'),
    });
    const run = await read([
      { event: 'connect', p: 10, address: 'inet 192.0.2.7:443' },
      answer('b.example.org', 'A', '192.0.2.7'),
      answer('a.example.org', 'A', '192.0.2.7'),
      answer('v6.example.org', 'AAAA', '2001:db8::7'),
      { event: 'connect', p: 10, address: 'inet6 [2001:db8::7]:443' },
      { event: 'connect', p: 10, address: 'inet6 [::ffff:192.0.2.7]:80' },
      { event: 'connect', p: 10, address: 'inet 192.0.2.77:443' },
      { event: 'connect', p: 10, address: 'unix @192.0.2.7:443' },
    ]);
    expect(run.outsideConnections()).toEqual([
      '192.0.2.77:443',
      '192.0.2.7:443 (a.example.org, b.example.org)',
      '[2001:db8::7]:443 (v6.example.org)',
      '[::ffff:192.0.2.7]:80 (a.example.org, b.example.org)',
      'unix:@192.0.2.7:443',
    ]);
  });
});
