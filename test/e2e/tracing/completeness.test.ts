import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { needs, shared } from '../../support/needs.js';
import { moreStraceRuns, ownTrace, type Sample, type StraceRuns } from '../../support/tracing/comparison.js';
import type { NativeFacts } from '../../support/tracing/native-facts.js';
import { buildTracer, type Layer, layersHere } from '../../support/tracing/native-tracer.js';
import { differences, type Runs, withRun } from '../../support/tracing/runs.js';
import { type Watch, watch } from '../../support/tracing/watch.js';
import { corpus } from './corpus/index.js';

// Every command of the corpus under strace and under both layers of our tracer, as specs/trace-comparison.md has it.

const straceRuns = 5;
/** How often five more, and one more trace of ours, are made where chance has a hand in a command. */
const furtherTries = 2;

let scratch: string;
let tracer: string;
let layers: readonly Layer[];
let watching: Watch | undefined;
const total = { stable: 0, possible: 0 };

const prepare = shared(async () => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'completeness-')));
  chmodSync(scratch, 0o755);
  tracer = await buildTracer(join(scratch, 'tracer'));
  layers = await layersHere(tracer);
  watching = await watch(scratch, tracer, ['/', scratch]);
});

beforeEach(needs({ programs: ['strace', 'cc', '/usr/include/stdlib.h'] }));
beforeEach(prepare);

afterAll(() => {
  const unstable = (100 * (total.possible - total.stable)) / total.possible;
  tell(
    `${total.possible} uses of paths, ${unstable.toFixed(2)} % of them not in every strace run; ${layers?.join(', ')}`,
  );
  if (scratch) rmSync(scratch, { recursive: true, force: true });
});

describe('a trace has all that every strace run has, and nothing that none has', () => {
  it.for(corpus.map((sample) => [sample.name, sample] as const))('%s', async ([, sample], context) => {
    await needs({ root: sample.as === 'root', programs: sample.programs ?? [] })(context);
    await compare(sample);
  });
});

async function compare(sample: Sample): Promise<void> {
  const moreStrace = (known?: StraceRuns) => moreStraceRuns(sample, scratch, straceRuns, known);
  let strace = await moreStrace();
  for (const layer of layers) {
    let own = await traced(sample, layer, strace);
    for (let more = 0; more < furtherTries && !sample.isDeterministic; more++) {
      if (differences(own, strace).length === 0) break;
      strace = await moreStrace(strace);
      own = await traced(sample, layer, strace, own);
    }
    expect.soft([layer, ...differences(own, strace)]).toEqual([layer]);
  }
  if (sample.isDeterministic) expect.soft([...strace.possible].filter((fact) => !strace.stable.has(fact))).toEqual([]);
  total.stable += strace.stable.size;
  total.possible += strace.possible.size;
  tell(`${sample.name}: ${strace.stable.size} in every strace run, ${strace.possible.size} in any`);
}

/** One more trace of ours, which ends as the command does and agrees with fanotify. */
async function traced(sample: Sample, layer: Layer, { code }: StraceRuns, known?: Runs): Promise<Runs> {
  const own = await ownTrace(sample, scratch, { tracer, layer, before: watching?.before ?? [] });
  expect.soft([layer, own.code, own.read.layer, own.read.isWhole]).toEqual([layer, code, layer, true]);
  if (watching) expect.soft([layer, ...unseen(watching.opened(), own.read, sample)]).toEqual([layer]);
  return withRun(known, own.facts);
}

/** What fanotify and the trace of the same run do not agree on: names of that one run, so nothing is normalised. */
function unseen(watched: ReadonlySet<string>, read: NativeFacts, { hasOwnMounts }: Sample): string[] {
  const isTold = (path: string) => read.opened.has(path) || (hasOwnMounts && read.named.has(path));
  const missed = [...watched].filter((path) => !isTold(path));
  const invented = hasOwnMounts ? [] : [...read.kernelOpened].filter((path) => !watched.has(path));
  return [...missed.map((path) => `unseen: ${path}`), ...invented.map((path) => `not opened: ${path}`)];
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
