import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import { localMachine } from '../../src/machines/local.js';
import type { Exit } from '../../src/model/access.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { RerunReport } from '../../src/proof/proof.js';
import { rerun } from '../../src/proof/rerun.js';
import type { AccessRecord, RecordedTrace } from '../../src/spec/specification.js';
import { strace } from '../../src/tracing/strace/index.js';
import { needs } from '../support/needs.js';
import { at, loose, specOf, traceOf } from './trees.js';

let work: string;
beforeEach(needs({ programs: ['strace'] }));
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'reproman-continued-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

interface Given {
  readonly script: string;
  readonly run?: object;
  readonly attached?: true;
  readonly exit?: Exit | undefined;
  readonly accesses?: readonly AccessRecord[];
}

/** Runs a script as if it was what a spec tells of. */
async function again({ script, run, attached, accesses = [], ...given }: Given): Promise<RerunReport> {
  const { exit: _known, ...recorded } = traceOf([...accesses]);
  const trace: RecordedTrace = {
    ...recorded,
    ...('exit' in given ? (given.exit ? { exit: given.exit } : {}) : { exit: { code: 0 } }),
    conditions: { ...recorded.conditions, cwd: pathFromText(work), ...(attached ? { attached } : {}) },
  };
  const command = ['/bin/sh', '-c', script];
  const base = { id: 'tool', command, cwd: work, environment: { PATH: '/usr/bin:/bin' }, stdin: 'null', ...run };
  const machine = await localMachine();
  const spec = specOf({ origin: [], trace, manifest: { runs: [base] } });
  return rerun({ spec, run: 'tool', machine, tracer: strace, host: machine });
}

describe('a run that the trace left while it ran', () => {
  it('is not started, as nobody knows whether it ends', async () => {
    const report = await again({ script: 'touch started', run: { exit: 'unknown' }, exit: undefined });
    expect(report).toMatchObject({ started: false, ok: false, reason: expect.stringMatching(/nobody knows/) });
  });

  it('is started once the spec says how it ends', async () => {
    const report = await again({ script: 'exit 4', run: { exit: 4 }, exit: undefined });
    expect(report).toMatchObject({ started: true, exit: { verdict: 'equal', expected: 'exit code 4' } });
  });
});

describe('a run that the trace joined later', () => {
  it('may use more than was seen, and must use what was', async () => {
    await writeFile(join(work, 'seen'), '');
    await writeFile(join(work, 'missed'), '');
    const accesses = [loose(join(work, 'seen'), ['read']), loose(join(work, 'other'), ['read'])];
    const report = await again({ script: 'cat missed seen', attached: true, accesses });
    const rows = Object.fromEntries((report.accesses?.differences ?? []).map((row) => [row.path, row.verdict]));
    expect(rows[join(work, 'missed')]).toBe('excused');
    expect(rows[join(work, 'seen')]).toBeUndefined();
    expect(rows[join(work, 'other')]).not.toBe('excused');
    expect(report.unproved).toContainEqual(expect.stringMatching(/began when the command ran already/));
  });

  it('has libraries by the names that they really have', async () => {
    const libc = join(work, 'real.so');
    await writeFile(libc, '');
    const report = await again({
      script: 'ln -s real.so lib.so; cat lib.so',
      attached: true,
      accesses: [loose(libc, ['read'])],
    });
    expect(report.accesses?.differences.map(({ path }) => path)).not.toContain(libc);
  });
});

describe('an input that an earlier run made', () => {
  const input = (content: string) => ({ path: join(work, 'in'), sha256: sha256(content), size: 2, from: 'first' });

  it('is taken as that run made it here, and a difference is put down to it', async () => {
    await writeFile(join(work, 'in'), 'b\n');
    const out = { path: join(work, 'out'), sha256: sha256('a\n'), size: 2 };
    const report = await again({ script: 'cat in > out', run: { inputs: [input('a\n')], outputs: [out] } });
    expect(report).toMatchObject({ started: true, inputs: [{ verdict: 'made', found: sha256('b\n') }] });
    expect(report.outputs).toMatchObject([
      { verdict: 'unproved', why: expect.stringContaining(`not the same: ${work}/in`) },
    ]);
  });

  it('is in its place where that run made the same', async () => {
    await writeFile(join(work, 'in'), 'a\n');
    const report = await again({ script: 'true', run: { inputs: [input('a\n')] } });
    expect(report.inputs).toMatchObject([{ verdict: 'in-place' }]);
  });

  it('is missing where that run did not make it', async () => {
    const report = await again({ script: 'true', run: { inputs: [input('a\n')] } });
    expect(report).toMatchObject({ started: false, inputs: [{ path: at(join(work, 'in')), verdict: 'missing' }] });
  });
});
