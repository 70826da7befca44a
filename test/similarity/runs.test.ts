import { describe, expect, it } from 'vitest';
import type { TracedProcess, Use } from '../../src/model/access.js';
import type { FilePath } from '../../src/model/file-path.js';
import { compareOutcomes, type RecordedRun } from '../../src/similarity/runs/function.js';
import { compareResources } from '../../src/similarity/runs/resources.js';
import { compareStructure } from '../../src/similarity/runs/structure.js';
import { runsSchema } from '../../src/similarity/schema.js';
import type { ManifestRun } from '../../src/spec/document/schema.js';
import type { AccessRecord, RecordedTrace } from '../../src/spec/specification.js';

const path = (text: string) => text as FilePath;

function access(at: string, uses: readonly Use[], more: Partial<AccessRecord> = {}): AccessRecord {
  return { path: path(at), uses, owner: { path: path(at), state: 'owned' }, by: [[0, 1]], ...more };
}

function trace(
  accesses: readonly AccessRecord[],
  processes: readonly Partial<TracedProcess>[] = [{ executable: path('/usr/bin/tool') }],
  cwd = '/home/user',
): RecordedTrace {
  const standard = { kind: 'pipe' } as const;
  return {
    tracer: { name: 'native', version: '1' },
    conditions: {
      ...{ argv: ['tool'], cwd: path(cwd), environment: {}, umask: 18, limits: {} },
      user: { uid: 0, gid: 0, groups: [] },
      streams: { stdin: standard, stdout: standard, stderr: standard },
      ...{ started: '2026-01-01T00:00:00.000Z', seconds: 2 },
    },
    exit: { code: 0 },
    accesses,
    processes: processes.map((each, at) => ({ pid: at + 1, argv: ['tool'], ...each })),
    ...{ connections: [], notes: [], varying: { accesses: [], outputs: [] } },
  };
}

function recorded(run: Partial<ManifestRun>): RecordedRun {
  const defaults = { id: 'tool', command: ['tool'], cwd: '/', environment: {}, umask: '0022', exit: 0 } as const;
  return { run: { ...defaults, command: ['tool'], inputs: [], outputs: [], ...run }, trace: trace([]) };
}

describe('the structure of two runs', () => {
  const loose = (at: string) => access(at, ['executed'], { owner: { path: path(at), state: 'loose' } });

  it('is 1 of a program that was built twice, at two places', () => {
    const built = (folder: string, name: string) =>
      trace(
        [
          loose(`${folder}/${name}`),
          access('/lib/libc.so.6', ['read']),
          access(`${folder}/data`, ['read', 'examined']),
        ],
        [{ executable: path(`${folder}/${name}`) }],
        folder,
      );
    const same = compareStructure([built('/home/a', 'hello')], [built('/srv/b', 'hello-2')]);
    expect(same).toEqual({ score: 1, files: 1, programs: 1, processes: 1 });
  });

  it('is less of other programs, files, uses or processes, and the same both ways', () => {
    const one = [access('/lib/libc.so.6', ['read']), access('/etc/a', ['read'])];
    const other = [access('/lib/libc.so.6', ['read']), access('/etc/a', ['absent'])];
    const children = [{ executable: path('/usr/bin/tool') }, { parent: 1, executable: path('/bin/ls') }];
    const [a, b] = [trace(one), trace(other, children)];
    const compared = compareStructure([a], [b]);
    // libc is read by both; of tool 1 of 3 uses, and ls is there in one only, with no uses seen.
    expect(compared).toMatchObject({ files: 1 / 3, programs: 1 / 3, processes: 1 / 2 });
    expect(compared.score).toBe((1 / 3 + 1 / 3 + 1 / 2) / 3);
    expect(compareStructure([b], [a])).toEqual(compared);
    const python = trace(one, [{ executable: path('/usr/bin/python3') }]);
    expect(compareStructure([a], [python])).toMatchObject({ files: 1, programs: 0, processes: 1 });
  });

  it('has each program with what it used itself', () => {
    const processes = [{ executable: path('/bin/sh') }, { parent: 1, executable: path('/bin/cat') }];
    const run = (used: string) =>
      trace([access('/etc/profile', ['read']), access(used, ['read'], { by: [[1, 1]] })], processes);
    expect(compareStructure([run('/a')], [run('/b')])).toMatchObject({ programs: 0.5, processes: 1 });
  });

  it('is 1 of nothing beside nothing', () => {
    expect(compareStructure([trace([], [])], [trace([], [])]).score).toBe(1);
  });
});

describe('what came of two runs', () => {
  const sha256 = (letter: string) => letter.repeat(64);
  const printed = (letter: string, size = 3) => ({ printed: { stdout: { sha256: sha256(letter), size } } });
  const score = (one: Partial<ManifestRun>, other: Partial<ManifestRun>) =>
    compareOutcomes([recorded(one)], [recorded(other)]).outcome.score;

  it.each([
    ['the same text', printed('a'), printed('a'), 1],
    ['another text', printed('a'), printed('b'), 0],
    ['text and silence', printed('a'), printed('b', 0), 0],
    [
      'one file of two, whatever its name',
      { outputs: [{ path: '/a', sha256: sha256('a') }] },
      { outputs: ['a', 'c'].map((letter) => ({ path: `/other-${letter}`, sha256: sha256(letter) })) },
      1 / 2,
    ],
    ['text and the same text as a file', printed('a'), { outputs: [{ path: '/a', sha256: sha256('a') }] }, 0],
  ])('is %s', (_, one, other, expected) => {
    expect(score(one, other)).toBe(expected);
    expect(score(other, one)).toBe(expected);
  });

  it('is not known where nothing was left, and what varies or went to a terminal is told', () => {
    const one = recorded({
      stdout: 'terminal',
      stderr: 'pipe',
      outputs: [{ path: '/v', sha256: sha256('a'), varies: true }],
    });
    const { outcome, unknown } = compareOutcomes([one], [recorded({})]);
    expect(outcome.score).toBeUndefined();
    expect(unknown).toEqual(['the stdout of tool, which was no pipe or file', '/v, which varies']);
  });

  it('leaves a stream out that was not seen of one of them', () => {
    const file = { outputs: [{ path: '/a', sha256: sha256('c') }] };
    expect(score({ ...printed('a'), ...file }, { stdout: 'null', ...file })).toBe(1);
    expect(score(printed('a'), { stdout: 'terminal' })).toBeUndefined();
    expect(score(printed('a'), { stdout: 'pipe' })).toBe(0);
  });

  it('is not made of exit codes, which are beside it', () => {
    const { outcome } = compareOutcomes([recorded(printed('a'))], [recorded({ ...printed('a'), exit: 3 })]);
    expect(outcome).toMatchObject({ score: 1, exit: { one: [0], other: [3] } });
  });
});

describe('what two runs used of their machines', () => {
  it('is summed over processes, but for the largest memory, and unknown where it was not seen', () => {
    const usage = (user: number, peak: number) => ({ usage: { user, system: 0.5, peak } });
    const compared = compareResources([trace([], [usage(1, 100), usage(2, 400)])], [trace([], [usage(1.5, 100)])]);
    expect(compared).toEqual({
      cpu: { one: 4, other: 2, ratio: 0.5 },
      peak: { one: 400, other: 100, ratio: 0.25 },
      time: { one: 2, other: 2, ratio: 1 },
      processes: { one: 2, other: 1, ratio: 0.5 },
    });
    expect(compareResources([trace([])], [trace([])]).cpu).toBeUndefined();
  });
});

it('the comparison of two runs is as its published schema has it', () => {
  const [one, other] = [recorded({ exit: 0 }), recorded({ id: 'other', exit: 'unknown' })];
  const comparison = {
    ...{ one: ['tool'], other: ['other'], notes: [] },
    structure: compareStructure([one.trace], [other.trace]),
    function: compareOutcomes([one], [other]).outcome,
    resources: compareResources([one.trace], [other.trace]),
    blend: { weight: 0.5, score: 1 },
  };
  expect(runsSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(JSON.parse(JSON.stringify(comparison)));
});
