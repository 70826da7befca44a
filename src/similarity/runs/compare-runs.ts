import { ReproError } from '../../errors.js';
import { readSpecification } from '../../spec/read.js';
import type { Specification } from '../../spec/specification.js';
import { compareOutcomes, type Outcome, type RecordedRun } from './function.js';
import { compareResources, type Resources } from './resources.js';
import { compareStructure, type Structure } from './structure.js';

/** What two traces have in common: what they did, and what came of it, which are never one number unless it is asked for. */
export interface RunComparison {
  readonly one: readonly string[];
  readonly other: readonly string[];
  readonly structure: Structure;
  readonly function: Outcome;
  readonly resources: Resources;
  /** `weight * structure + (1 - weight) * function`, on request. */
  readonly blend?: { readonly weight: number; readonly score: number };
  readonly notes: readonly string[];
}

/** Of two specs all their runs: those of each are taken together. `blend` is the weight of the structure. */
export async function compareRuns(files: readonly [string, string], blend?: number): Promise<RunComparison> {
  const [one, other] = [await recordedRuns(files[0]), await recordedRuns(files[1])];
  const traces = (runs: readonly RecordedRun[]) => runs.map(({ trace }) => trace);
  const ids = (runs: readonly RecordedRun[]) => runs.map(({ run }) => run.id);
  const structure = compareStructure(traces(one), traces(other));
  const { outcome, unknown } = compareOutcomes(one, other);
  const { score } = outcome;
  return {
    one: ids(one),
    other: ids(other),
    structure,
    function: outcome,
    resources: compareResources(traces(one), traces(other)),
    ...(blend !== undefined &&
      score !== undefined && { blend: { weight: blend, score: blend * structure.score + (1 - blend) * score } }),
    notes: [
      ...unknown.map((what) => `Not compared: ${what}.`),
      ...(score === undefined
        ? ['Neither left an output whose content is known: nothing is said of the function.']
        : []),
      ...notesOnTraces([...one, ...other]),
    ],
  };
}

async function recordedRuns(file: string): Promise<RecordedRun[]> {
  const spec = await readSpecification(file);
  const recorded = await Promise.all(spec.manifest.runs.map((run) => recordedRun(spec, run)));
  const known = recorded.filter((each) => each !== undefined);
  if (known.length > 0) return known;
  throw new ReproError('usage', 'there is no record of a run in this spec', {
    where: file,
    remedy: 'give specs that were made by reproman trace -- COMMAND',
  });
}

async function recordedRun(spec: Specification, run: RecordedRun['run']): Promise<RecordedRun | undefined> {
  const trace = await spec.trace(run.id);
  return trace && { run, trace };
}

function notesOnTraces(runs: readonly RecordedRun[]): string[] {
  const tracers = new Set(runs.map(({ trace }) => trace.tracer.name));
  const moved = runs.filter(({ trace }) => trace.moved).map(({ run }) => run.id);
  return [
    ...(tracers.size > 1
      ? [`They were traced by ${[...tracers].join(' and ')}, which do not see quite the same.`]
      : []),
    ...(moved.length > 0
      ? [`Packages were changed since ${moved.join(', ')} ran: what was used of them is not known.`]
      : []),
  ];
}
