import { createReadStream, existsSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { pathFromText } from '../../../src/model/file-path.js';
import { readNativeLog } from '../../../src/tracing/native/reader.js';
import { freshCli } from '../../support/cli.js';
import { needs, shared } from '../../support/needs.js';
import { type RunOptions, run } from '../../support/run.js';
import { openWorkshop, type Traced, type Workshop } from '../../support/tracing/native-tracer.js';

// A process has one tracer only: another one inside a trace, or around it, cannot work, and both sides say so.

let workshop: Workshop;

const prepare = shared(async () => {
  workshop = await openWorkshop();
});

beforeEach(needs({ programs: ['strace', 'gdb', 'cc', '/usr/include/stdlib.h'] }));
beforeEach(prepare);
afterAll(() => workshop?.[Symbol.dispose]());

describe('a traced command that wants to trace', () => {
  it.each([
    ['strace', ['strace', '-f', 'true'], 'strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted'],
    ['gdb', ['gdb', '-nx', '-batch', '-ex', 'run', '--args', 'true'], 'ptrace: Operation not permitted'],
  ])('is refused as by any kernel, and %s is named in the notes', async (name, argv, said) => {
    const { code, stderr, read } = await trace(argv);
    expect([code, read.isWhole]).toEqual([1, true]);
    expect(stderr).toContain(said);
    expect(await notes()).toEqual([
      expect.stringMatching(new RegExp(`^/usr/bin/${name}: it was refused to trace .*: only one can at a time`)),
    ]);
  });

  it('is left alone where it only could', async () => {
    const { code } = await trace(['gdb', '-nx', '-batch', '-ex', 'info files', '/bin/true']);
    expect(code).toBe(0);
    expect(await notes()).toEqual([]);
  });
});

describe('a trace in a trace', () => {
  it('says who traces already, and leaves the outer one whole', async () => {
    const { code, stderr, read } = await trace([workshop.tracer, '--log', workshop.at('inner'), '--', 'true']);
    expect([code, read.isWhole]).toEqual([125, true]);
    expect(stderr).toMatch(/^reproman-tracer: cannot trace: tracer, process \d+, traces this already/);
  });

  it('says at the command line what to do instead, and runs nothing', async () => {
    await using cli = await freshCli();
    const inner = [...cli.program, 'trace', '-o', workshop.at('inner.yml'), '--', 'touch', workshop.at('ran')];
    const { code, stderr } = await trace(inner, cli.env);
    expect(code).toBe(125);
    expect(stderr).toContain('this process is itself being traced');
    expect(stderr).toContain('Run the trace outside the other one.');
    expect([existsSync(workshop.at('inner.yml')), existsSync(workshop.at('ran'))]).toEqual([false, false]);
  });

  it('is seen by strace around it, too', async () => {
    const argv = ['strace', '-f', '-o', '/dev/null', workshop.tracer, '--log', workshop.at('log'), '--', 'true'];
    const { code, stderr } = await run(argv);
    expect(code).toBe(125);
    expect(stderr).toMatch(/^reproman-tracer: cannot trace: strace, process \d+, traces this already/);
  });
});

function trace(argv: readonly string[], env?: RunOptions['env']): Promise<Traced> {
  return workshop.trace(workshop.layers.at(-1) ?? 'ptrace', argv, env ? { env } : {});
}

async function notes(): Promise<string[]> {
  return [...(await readNativeLog(createReadStream(workshop.at('log')), pathFromText('/'))).notes];
}
