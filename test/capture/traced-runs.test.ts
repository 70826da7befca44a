import { writeSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { varyingOutputs } from '../../src/capture/repeats.js';
import { traceRepeatedly } from '../../src/capture/traced-runs.js';
import { sha256 } from '../../src/hash.js';
import { diskFiles } from '../../src/machines/disk/files.js';
import { localMachine } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import type { CompleteTrace, StandardStream, Trace } from '../../src/model/access.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { StreamChoice, Tracer } from '../../src/tracing/tracer.js';

let folder: string;
let machine: Machine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repeat-'));
  machine = await localMachine();
});

afterEach(async () => {
  await machine[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const none: StandardStream = { kind: 'null' };

/** A tracer of a command that writes `says` to its standard output; the first run's is the caller's own. */
function tracerOf(own: StandardStream, says: (run: number) => string, code: (run: number) => number): Tracer {
  let runs = 0;
  return {
    trace: async (argv: readonly string[], { streams }: { streams?: { stdout: StreamChoice } }) => {
      const choice = streams?.stdout;
      const stdout: StandardStream = typeof choice === 'object' ? { kind: 'file', path: choice.path } : own;
      await appendFile(stdout.path ?? '', says(++runs));
      const conditions = { argv, streams: { stdin: none, stdout, stderr: none } };
      return { conditions, accesses: [], processes: [], notes: [], exit: { code: code(runs) } } as unknown as Trace;
    },
  } as unknown as Tracer;
}

async function repeat(own: StandardStream, says: (run: number) => string, code = (_run: number) => 0) {
  const { outputHashes, traces } = await traceRepeatedly(
    tracerOf(own, says, code),
    ['tool'],
    { machine, cwd: folder as FilePath, environment: {}, umask: 0o22 },
    3,
  );
  return { first: outputHashes[0], varied: varyingOutputs(outputHashes), traces };
}

it('does not take a redirected output that is the same in three runs for a varying one', async () => {
  const path = pathFromText(join(folder, 'out'));
  expect((await repeat({ kind: 'file', path }, () => 'same\n')).varied).toEqual([]);
  await rm(path);
  expect((await repeat({ kind: 'file', path }, (run) => `${run}\n`)).varied).toEqual([path]);
});

it('compares what the command appended, whatever the file held before', async () => {
  const path = pathFromText(join(folder, 'log'));
  await writeFile(path, 'before\n');
  const { first, varied } = await repeat({ kind: 'file', path, append: true, from: 7 }, () => 'same\n');
  expect(varied).toEqual([]);
  expect(first?.get(path)).toEqual({ hash: sha256('same\n'), size: 5 });
});

it.each([
  ['a signal ended', 'SIGINT', true],
  ['was interrupted, whatever it made of that', undefined, false],
])('does not repeat a run that %s', async (_, signal, again) => {
  let runs = 0;
  const tracer = {
    trace: async () => {
      runs++;
      const conditions = { streams: { stdin: none, stdout: none, stderr: none } };
      return { conditions, accesses: [], processes: [], exit: { code: 130, signal } } as unknown as Trace;
    },
  } as unknown as Tracer;
  const options = { machine, cwd: folder as FilePath, environment: {} };
  const { traces } = await traceRepeatedly(tracer, ['tool'], options, 3, () => again);
  expect(runs).toBe(1);
  expect(traces).toHaveLength(1);
});

it('gives a repeated run descriptors, so that it may run where there are no files of ours', async () => {
  const path = pathFromText(join(folder, 'out'));
  const caller = machine;
  const elsewhere = { ...machine, files: diskFiles(pathFromText(join(folder, 'root'))) };
  let runs = 0;
  const tracer = {
    trace: async (
      argv: readonly string[],
      { streams }: { streams?: { stdout: { path: FilePath; descriptor: number } } },
    ) => {
      if (streams) writeSync(streams.stdout.descriptor, `${++runs}\n`);
      else await writeFile(path, 'first\n');
      const stdout: StandardStream = { kind: 'file', path: streams?.stdout.path ?? path };
      const conditions = { argv, streams: { stdin: none, stdout, stderr: none } };
      return { conditions, exit: { code: 0 }, accesses: [], processes: [] } as unknown as Trace;
    },
  } as unknown as Tracer;
  const options = { machine: elsewhere, caller, cwd: folder as FilePath, environment: {}, umask: 0o22 };
  const { outputHashes } = await traceRepeatedly(tracer, ['tool'], options, 3);
  expect(outputHashes.map((hashes) => hashes.get(path)?.hash)).toEqual(['first\n', '1\n', '2\n'].map(sha256));
});

it('does not learn from a repetition that stumbles over what the first run left', async () => {
  const path = pathFromText(join(folder, 'out'));
  const { traces, varied } = await repeat(
    { kind: 'file', path },
    (run) => `${run}\n`,
    (run) => (run === 1 ? 0 : 1),
  );
  expect(varied).toEqual([]);
  expect(traces).toHaveLength(1);
  expect(traces[0].notes).toEqual([expect.stringContaining('exit code 1 instead of 0')]);
});

it('keeps only what the first run found: another one would write over it', async () => {
  const kept: boolean[] = [];
  const streams = { stdin: none, stdout: none, stderr: none };
  const trace = {
    conditions: { argv: ['tool'], streams },
    accesses: [],
    exit: { code: 0 },
  } as unknown as CompleteTrace;
  const tracer: Tracer = {
    name: 'watching',
    check: async () => ({ ready: true }),
    trace: async (_argv, { keep }) => {
      kept.push(keep !== undefined);
      return trace;
    },
  };
  const options = { machine, cwd: folder as FilePath, environment: {}, keep: { folder, limit: 1 } };
  await traceRepeatedly(tracer, ['tool'], options, 3);
  expect(kept).toEqual([true, false, false]);
});
