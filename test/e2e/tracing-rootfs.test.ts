import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import { chooseMapping, rootfsMachine } from '../../src/machines/rootfs/index.js';
import type { Trace } from '../../src/model/access.js';
import { pathFromText } from '../../src/model/file-path.js';
import { chooseTracer, type TracerName, tracerNames } from '../../src/tracing/registry.js';
import type { TraceOptions } from '../../src/tracing/tracer.js';
import { needs, shared } from '../support/needs.js';
import { type Root, withRoot } from '../support/roots.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

let root: Root;
let machine: Machine;

const prepare = shared(async () => {
  root = await withRoot();
  const host = await localMachine();
  const mapping = await chooseMapping(host);
  const copy = { folder: mkdtempSync(join(tmpdir(), 'tracing-copy-')) };
  machine = await rootfsMachine({ host, tree: root.path, mapping, label: 'rootfs test', copy, network: false });
});
beforeEach(prepare);

afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
  await root?.[Symbol.asyncDispose]();
});

let name: TracerName;

async function traceInside(argv: readonly string[], options: Partial<TraceOptions> = {}): Promise<Trace> {
  const tracer = await chooseTracer(machine, { name });
  return tracer.trace(argv, {
    machine,
    cwd: pathFromText('/tmp'),
    environment: { PATH: '/usr/bin:/bin' },
    streams: { stdin: 'ignore', stdout: 'discard', stderr: 'discard' },
    ...options,
  });
}

function usesAt(trace: Trace, path: string): readonly string[] | undefined {
  return trace.accesses.find((access) => access.path === path)?.uses;
}

describe.each(tracerNames)('%s tracer in a rootfs', (each) => {
  beforeEach(() => {
    name = each;
  });

  it('brings its own program, opens the streams inside, and leaves no trace of itself', async () => {
    await machine.shell?.run([
      'sh',
      '-c',
      'printf "b\\na\\n" >/tmp/in; printf "#!/bin/sh\\necho s\\n" >/tmp/s; chmod 755 /tmp/s',
    ]);
    const streams = {
      stdin: { path: pathFromText('/tmp/in') },
      stdout: { path: pathFromText('/tmp/ o\u00e9') },
    } as const;
    const trace = await traceInside(['sh', '-c', 'sort; /tmp/s; readlink /proc/self/exe; exit 3'], { streams });
    expect(trace.exit).toEqual({ code: 3 });
    expect(trace.notes).toEqual([]);
    expect((await machine.files.read(pathFromText('/tmp/ o\u00e9'))).toString()).toBe('a\nb\ns\n/usr/bin/readlink\n');
    expect(usesAt(trace, '/tmp/in')).toEqual(['read']);
    expect(usesAt(trace, pathFromText('/tmp/ o\u00e9'))).toEqual(['written']);
    expect(usesAt(trace, '/tmp/s')).toEqual(['read', 'executed']);
    expect(usesAt(trace, '/lib64/ld-linux-x86-64.so.2')).toEqual(['executed']);
    expect(trace.accesses.filter(({ path }) => path.startsWith('/run/') || /strace|reproman/.test(path))).toEqual([]);
    expect((await machine.shell?.run(['ls', '/run/reproman']))?.stdout.toString()).toBe('');
  });

  it('runs the command as another user', async () => {
    const trace = await traceInside(['sh', '-c', 'test "$(id -u):$(id -g)" = 65534:65534 && touch /tmp/theirs'], {
      user: { uid: 65534, gid: 65534, groups: [65534] },
    });
    expect(trace.exit).toEqual({ code: 0 });
    expect(usesAt(trace, '/tmp/theirs')).toContain('written');
  });

  it('tells a command that is not there', async () => {
    expect((await traceInside(['no-such-command'])).exit).toEqual({ code: 127 });
    expect((await traceInside(['/etc/passwd'])).exit).toEqual({ code: 126 });
  });

  it('ends with its signal, whatever the command does', async () => {
    const signal = AbortSignal.timeout(1500);
    await expect(traceInside(['sh', '-c', 'trap "" TERM; sleep 100 & wait'], { signal })).rejects.toThrow();
    expect((await machine.shell?.run(['ls', '/run/reproman']))?.stdout.toString()).toBe('');
  });
});
