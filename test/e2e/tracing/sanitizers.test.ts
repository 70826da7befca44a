import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { needs, shared } from '../../support/needs.js';
import { ownTrace } from '../../support/tracing/comparison.js';
import { openWorkshop, type Workshop } from '../../support/tracing/native-tracer.js';
import { corpus } from './corpus/index.js';

// The corpus under a tracer that checks its own memory and arithmetic.

let workshop: Workshop;
let reports: string;

/** These go through both layers, the others through the one that a trace takes by itself. */
const inBothLayers = [
  'births',
  'calls',
  'pointers',
  'foreign',
  'thread-execs',
  'python subprocess',
  'mv',
  'chroot',
  'make -j2',
];

const prepare = shared(async () => {
  workshop = await openWorkshop('-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all');
  chmodSync(workshop.folder, 0o755);
  reports = workshop.at('reports');
  mkdirSync(reports);
  chmodSync(reports, 0o1777);
});

beforeEach(needs({ programs: ['cc', '/usr/include/stdlib.h'] }));
beforeEach(prepare);
afterAll(() => workshop?.[Symbol.dispose]());

describe('the tracer checked by sanitizers', () => {
  it('has all the samples that go through both layers', () => {
    const names = corpus.map(({ name }) => name);
    expect(inBothLayers.filter((name) => !names.includes(name))).toEqual([]);
  });

  it.for(corpus.map((sample) => [sample.name, sample] as const))('is clean on %s', async ([, sample], context) => {
    await needs({ root: sample.as === 'root', programs: sample.programs ?? [] })(context);
    const options = ['ASAN_OPTIONS', 'UBSAN_OPTIONS'].map((name) => `${name}=log_path=${reports}/r:exitcode=99`);
    for (const layer of inBothLayers.includes(sample.name) ? workshop.layers : workshop.layers.slice(-1)) {
      const { read } = await ownTrace(sample, workshop.folder, {
        tracer: workshop.tracer,
        layer,
        before: ['env', ...options],
      });
      const found = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'));
      expect(found).toEqual([]);
      expect([layer, read.isWhole]).toEqual([layer, true]);
    }
  });
});
