import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import { localMachine } from '../../src/machines/local.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { RerunReport, TreeProof } from '../../src/proof/proof.js';
import { type RerunOptions, rerun } from '../../src/proof/rerun.js';
import { renderRerun } from '../../src/proof/rerun-report.js';
import type { RecordedTrace } from '../../src/spec/specification.js';
import { strace } from '../../src/tracing/strace/index.js';
import { needs } from '../support/needs.js';
import { specOf } from './trees.js';

const PATH = '/usr/bin:/bin';
let work: string;

beforeEach(needs({ programs: ['strace'] }));
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'reproman-rerun-'));
});
afterEach(async () => rm(work, { recursive: true, force: true }));

const sameTree: TreeProof = {
  runs: [],
  snapshot: { entries: 0, totals: {}, differences: [] },
  volatility: { owned: 0, volatile: 0, programs: [], ok: true },
  notes: [],
  ok: true,
};

interface Run {
  readonly script: string;
  readonly input?: string;
  readonly stdin?: unknown;
  readonly output?: object;
  /** Another input, made where it is not there. */
  readonly cache?: string;
  /** Of another output than standard output; it lies below the working directory. */
  readonly kept?: string;
  readonly varying?: Partial<RecordedTrace['varying']>;
  readonly connections?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
  /** What the manifest says of a standard output that is a pipe. */
  readonly printed?: object;
  /** Done between the run on the origin and the one that is compared with it. */
  readonly between?: () => Promise<void>;
  readonly options?: Partial<RerunOptions>;
}

/** Traces `sh -c SCRIPT > out` here, and then runs it again here. */
async function runTwice(given: Run): Promise<RerunReport> {
  const { script, input = 'b\na\n', stdin = 'null', output = {}, varying = {}, connections = [] } = given;
  const machine = await localMachine();
  await writeFile(join(work, 'in'), input);
  const { cache } = given;
  if (cache) await writeFile(join(work, cache), 'kept');
  const out = join(work, 'out');
  const command = ['/bin/sh', '-c', script];
  const traced = await strace.trace(command, {
    machine,
    cwd: pathFromText(work),
    environment: { PATH },
    streams: { stdin: 'ignore', stdout: given.printed ? 'record' : { path: pathFromText(out) }, stderr: 'discard' },
  });
  const { environments: _none, ...seen } = traced;
  const recorded: RecordedTrace = {
    ...seen,
    connections,
    accesses: traced.accesses.map((access) => ({ ...access, owner: { path: access.path, state: 'loose' } })),
    varying: { accesses: [], outputs: [], ...varying },
  };
  const run = {
    id: 'tool',
    command,
    cwd: work,
    environment: { PATH },
    stdin,
    stdout: given.printed ? 'pipe' : { file: out },
    ...(given.printed ? { printed: { stdout: given.printed } } : {}),
    stderr: 'null',
    ...(given.limits ? { limits: given.limits } : {}),
    exit: traced.exit.code,
    inputs: [
      { path: join(work, 'in'), sha256: sha256(input), size: input.length },
      ...(cache ? [{ path: join(work, cache), sha256: sha256('kept'), size: 4 }] : []),
    ],
    outputs: [
      ...(given.printed ? [] : [{ path: out, sha256: sha256(await readFile(out)), ...output }]),
      ...(given.kept ? [{ path: join(work, given.kept), sha256: sha256(await readFile(join(work, given.kept))) }] : []),
    ],
  };
  await given.between?.();
  const spec = specOf({ origin: [], trace: recorded, manifest: { runs: [run] } });
  return rerun({ spec, run: 'tool', machine, tracer: strace, host: machine, tree: sameTree, ...given.options });
}

describe('a command that runs again', () => {
  it('is the same: exit code, output and files', async () => {
    const report = await runTwice({ script: 'sort in; exit 3' });
    expect(report).toMatchObject({ started: true, ok: true, exit: { verdict: 'equal', found: 'exit code 3' } });
    expect(report.outputs).toMatchObject([{ stream: 'stdout', verdict: 'equal' }]);
    expect(report.accesses?.differences.filter(({ verdict }) => verdict !== 'excused')).toEqual([]);
    expect(report.inputs).toMatchObject([{ verdict: 'in-place' }]);
  });

  it('is compared in what it writes to a pipe', async () => {
    const piped = (content: string, rest = {}) => ({
      printed: { sha256: sha256(content), size: content.length, ...rest },
    });
    const script = 'test -p /dev/stdout && cat in';
    const same = await runTwice({ script, ...piped('b\na\n') });
    expect(same).toMatchObject({ ok: true, unproved: [], outputs: [{ stream: 'stdout', verdict: 'equal' }] });
    const other = await runTwice({ script, varying: { runs: 2 }, ...piped('b\nb\n') });
    expect(other).toMatchObject({ ok: false, outputs: [{ stream: 'stdout', verdict: 'different' }] });
    const varying = await runTwice({ script, ...piped('b\nb\n', { varies: true }) });
    expect(varying.outputs).toMatchObject([{ verdict: 'varies' }]);
  });

  it('has the soft limits that it had, and says which ones the machine does not allow', async () => {
    const set = await runTwice({ script: 'ulimit -S -n', limits: { nofile: 77 } });
    expect(set.outputs[0]?.found).toBe(sha256('77\n'));
    expect(set.unproved).toEqual([]);
    const refused = await runTwice({ script: 'true', limits: { nofile: 9e18 } });
    expect(refused.unproved).toEqual([expect.stringMatching(/^Limits .*: nofile \(9000000000000000000\)\.$/)]);
  });

  it('uses temporary files with other names', async () => {
    const report = await runTwice({ script: 'f=$(mktemp); echo x > "$f"; cat "$f"; rm "$f"; echo $$ > /dev/null' });
    expect(report.accesses?.differences).toEqual([]);
    expect(report.ok).toBe(true);
  });

  it('is not proved, and not blamed on the environment, when it prints something random', async () => {
    const report = await runTwice({ script: 'cat /proc/sys/kernel/random/uuid' });
    expect(report.outputs).toMatchObject([{ verdict: 'unproved', cause: 'not-told-apart' }]);
    expect(report.outputs[0]?.why).toMatch(/--repeat 2/);
    expect(report.ok).toBe(false);
  });

  it.each([
    ['in the manifest', { output: { varies: true } }],
    ['in the trace', { varying: { outputs: ['out'] } }],
  ])('is never called equal when it varies on the origin: said %s', async (_where, given) => {
    const outputs = 'varying' in given ? { varying: { outputs: [join(work, 'out')] } } : given;
    const report = await runTwice({ script: 'cat in', ...outputs });
    expect(report.outputs).toMatchObject([{ verdict: 'varies', cause: 'varies-on-origin' }]);
    expect(report.ok).toBe(true);
  });

  it.each([
    ['is what a tool keeps for itself', '.cache/go-build/aa-a', { verdict: 'varies', rule: 'go-cache' }, true],
    ['is of the work', 'result', { verdict: 'unproved', cause: 'not-told-apart' }, false],
  ])('is judged by what varies: where it %s', async (_what, kept, expected, ok) => {
    await mkdir(join(work, '.cache/go-build'), { recursive: true });
    const script = `cat /proc/sys/kernel/random/uuid > ${kept}`;
    const report = await runTwice({ script, kept });
    expect(report.outputs.find(({ path }) => path === join(work, kept))).toMatchObject(expected);
    expect(report.ok).toBe(ok);
    const told = `${join(work, kept)}: may vary, rule go-cache: `;
    expect(renderRerun(report).some((line) => line.includes(told))).toBe(ok);
  });

  it('may find there what a tool kept, or make it', async () => {
    await mkdir(join(work, '.cache/go-build'), { recursive: true });
    const report = await runTwice({ script: '[ -e .cache/go-build/z ] || echo > .cache/go-build/z' });
    expect(report.accesses?.differences).toMatchObject([{ verdict: 'excused', cause: 'volatile-rule' }]);
    expect(report.ok).toBe(true);
    const other = await runTwice({ script: '[ -e made ] || echo > made' });
    expect(other.ok).toBe(false);
  });

  it('may go without what a tool kept for itself, and without nothing else', async () => {
    const input = '.cache/go-build/bb-a';
    await mkdir(join(work, '.cache/go-build'), { recursive: true });
    const script = `cat ${input} 2> /dev/null | true`;
    const between = () => rm(join(work, input));
    const report = await runTwice({ script, cache: input, between });
    expect(report).toMatchObject({ started: true, inputs: [{}, { verdict: 'missing', rule: 'go-cache' }] });
    expect(renderRerun(report)).toContainEqual(
      expect.stringMatching(/go-build\/bb-a: not needed, rule go-cache: Go keeps/),
    );
    const other = await runTwice({ script: 'cat more | true', cache: 'more', between: () => rm(join(work, 'more')) });
    expect(other).toMatchObject({ started: false, reason: expect.stringContaining('more') });
  });

  it('is different when it does not vary on the origin', async () => {
    const report = await runTwice({ script: 'cat /proc/sys/kernel/random/uuid', varying: { runs: 2 } });
    expect(report.outputs).toMatchObject([{ verdict: 'different' }]);
  });

  it('is blamed on a file of the environment that differs', async () => {
    const row = { path: '/usr/bin/x', verdict: 'content' as const, differences: [] };
    const tree = { ...sameTree, snapshot: { ...sameTree.snapshot, differences: [row] } };
    const report = await runTwice({ script: 'cat /proc/sys/kernel/random/uuid', options: { tree } });
    expect(report.outputs).toMatchObject([{ verdict: 'different', cause: 'environment' }]);
    expect(report.outputs[0]?.why).toContain('/usr/bin/x');
  });

  it.each([
    ['not-recorded', { stdin: 'pipe' }],
    ['outside-service', { connections: ['192.0.2.1:443'] }],
  ])('is unproved when something came from elsewhere: %s', async (cause, given) => {
    const report = await runTwice({ script: 'cat /proc/sys/kernel/random/uuid', ...given });
    expect(report.outputs).toMatchObject([{ verdict: 'unproved', cause }]);
    expect(report.unproved).not.toEqual([]);
  });

  it('notices another exit code and other files', async () => {
    const report = await runTwice({
      script: 'cat in; test -e gone && cat gone',
      varying: { runs: 2 },
      between: () => writeFile(join(work, 'gone'), ''),
    });
    expect(report.exit).toMatchObject({ verdict: 'different', expected: 'exit code 1', found: 'exit code 0' });
    expect(report.accesses?.differences.map(({ path, expected, found }) => [path, expected, found])).toContainEqual([
      join(work, 'gone'),
      ['absent'],
      ['read'],
    ]);
  });

  it('is unproved when it misses a file that the run on the origin took away', async () => {
    await writeFile(join(work, 'old'), '');
    const report = await runTwice({ script: 'mv old new || echo no', varying: { runs: 2 } });
    expect(report.outputs).toMatchObject([{ verdict: 'unproved', cause: 'not-recorded' }]);
    expect(report.outputs[0]?.why).toContain(join(work, 'old'));
  });

  it('says so when only the order of lines is another', async () => {
    const script = 'if test -e x; then echo b; echo a; else echo a; echo b; fi';
    const kept = join(work, 'kept');
    const between = async () => {
      await mkdir(kept);
      await copyFile(join(work, 'out'), join(kept, 'out'));
      await writeFile(join(work, 'x'), '');
    };
    const report = await runTwice({ script, varying: { runs: 2 }, between, options: { inputsFolder: kept } });
    expect(report.outputs).toMatchObject([{ verdict: 'different', differences: [{ at: 'byte 1, line 1' }] }]);
    expect(report.outputs[0]?.why).toMatch(/^the same lines in another order/);
  });

  /** What it gave on the origin is kept where inputs are looked for; after that it gives something else. */
  const changing = (first: string, then: string, output: object) => {
    const kept = join(work, 'kept');
    return runTwice({
      script: `if test -e x; then printf '${then}'; else printf '${first}'; fi`,
      output,
      varying: { runs: 2 },
      between: async () => {
        await mkdir(kept);
        await copyFile(join(work, 'out'), join(kept, 'out'));
        await writeFile(join(work, 'x'), '');
      },
      options: { inputsFolder: kept },
    });
  };

  it('is equal by the comparator that the manifest names, and by no other', async () => {
    const tolerant = { compare: { csv: { absolute: 0.1 } } };
    const equal = await changing('a\\n1.00\\n', 'a\\n1.01\\n', tolerant);
    expect(equal.outputs).toMatchObject([
      { verdict: 'equal', why: expect.stringContaining('how numbers are written') },
    ]);
    expect(renderRerun(equal).join('\n')).toContain('out: equal by csv within 0.1 absolute: what may differ: ');
    await rm(join(work, 'kept'), { recursive: true });
    await rm(join(work, 'x'));
    const different = await changing('1.00\\n', '1.0\\n', {});
    expect(different.outputs).toMatchObject([{ verdict: 'different', suggestion: 'numbers' }]);
    expect(renderRerun(different).join('\n')).toContain('equal by numbers; to accept that, give it: compare: numbers');
  });

  it('may vary as far as the comparator says that the manifest names', async () => {
    const tolerant = { compare: { numbers: { absolute: 0.1 } }, varies: true };
    expect((await changing('1.0', '1.01', tolerant)).outputs).toMatchObject([{ verdict: 'equal' }]);
    await rm(join(work, 'kept'), { recursive: true });
    await rm(join(work, 'x'));
    expect((await changing('1.0', '2.0', tolerant)).outputs).toMatchObject([{ verdict: 'different' }]);
  });

  it('is ignored where the manifest says so', async () => {
    const report = await runTwice({ script: 'cat /proc/sys/kernel/random/uuid', output: { compare: 'ignore' } });
    expect(report).toMatchObject({ ok: true, outputs: [{ verdict: 'ignored' }] });
  });
});

describe('inputs', () => {
  it('stop the run when they are other files, and are named', async () => {
    const report = await runTwice({ script: 'cat in', between: () => writeFile(join(work, 'in'), 'changed') });
    expect(report).toMatchObject({
      started: false,
      ok: false,
      inputs: [{ verdict: 'wrong', found: sha256('changed') }],
    });
    expect(report.reason).toContain(join(work, 'in'));
  });

  it('are found by their content in the folder that holds them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reproman-inputs-'));
    await writeFile(join(folder, 'renamed'), 'b\na\n');
    const between = () => rm(join(work, 'in'));
    const report = await runTwice({ script: 'cat in', between, options: { inputsFolder: folder } });
    expect(report).toMatchObject({ ok: true, inputs: [{ verdict: 'supplied', source: join(folder, 'renamed') }] });
    await rm(folder, { recursive: true });
  });

  it('may be missing when that is allowed, and prove nothing then', async () => {
    const between = () => rm(join(work, 'in'));
    const report = await runTwice({ script: 'cat in', between, options: { allowMissing: true } });
    expect(report).toMatchObject({ started: true, ok: false, exit: { verdict: 'unproved' } });
  });
});

it('does not start a command that a secret was masked in', async () => {
  const trace = undefined as unknown as RecordedTrace;
  const run = { id: 'tool', command: ['x'], masked: true, cwd: '/' };
  const spec = specOf({ origin: [], trace, manifest: { runs: [run] } });
  const machine = await localMachine();
  const report = await rerun({ spec, run: 'tool', machine, tracer: strace, host: machine });
  expect(report).toMatchObject({ started: false, ok: false });
});
