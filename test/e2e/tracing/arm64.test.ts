import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { needs, shared } from '../../support/needs.js';
import { type Arm64Trace, arm64Programs, traceOnArm64 } from '../../support/tracing/arm64.js';
import { ownTrace, type Sample } from '../../support/tracing/comparison.js';
import { nativeFacts } from '../../support/tracing/native-facts.js';
import { buildFixture, buildTracer } from '../../support/tracing/native-tracer.js';
import { normalise } from '../../support/tracing/normalise.js';

const names = ['births', 'calls', 'pointers', 'empty-path-flag'];

let scratch: string;
let traces: ReadonlyMap<string, Arm64Trace>;

const prepare = shared(async () => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'arm64-')));
  await buildTracer(join(scratch, 'tracer'));
  traces = await traceOnArm64(scratch, scratch, names);
});

beforeEach(needs({ root: true, programs: ['cc', '/usr/include/stdlib.h', ...arm64Programs] }));
beforeEach(prepare);
afterAll(() => scratch && rmSync(scratch, { recursive: true, force: true }));

describe('the tracer on a machine of arm64', () => {
  it.each(names)('tells of %s what it tells of it on this machine', async (name) => {
    const here = await ownTrace(sample(name), scratch, { tracer: join(scratch, 'tracer'), layer: 'ptrace' });
    const { code, log = '' } = traces.get(name) ?? {};
    const read = nativeFacts(log);
    expect([code, read.isWhole, read.layer]).toEqual([here.code, true, 'ptrace']);
    expect(ownFiles(normalise(read.facts))).toEqual(ownFiles(here.facts));
  });
});

/** What is elsewhere is another system there. */
function ownFiles(facts: ReadonlySet<string>): string[] {
  return [...facts].filter((fact) => fact.includes(scratch)).sort();
}

function sample(name: string): Sample {
  const prepare = (folder: string) => buildFixture(name, join(folder, name), '-static', '-DWITHOUT_OLD_CALLS');
  return { name, argv: [`./${name}`], prepare: async (folder) => void (await prepare(folder)), isDeterministic: true };
}
