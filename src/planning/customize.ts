import { Readable } from 'node:stream';
import type { ContentSource } from '../archives/contents.js';
import { ReproError, reasonOf } from '../errors.js';
import type { Machine, Shell } from '../machines/machine.js';
import { type FilePath, pathToBytes, showPath } from '../model/file-path.js';
import type { Plan, RemoveStep, ReplayStep, RunStep, Step } from '../model/plan.js';
import { type Progress, silent, stage } from '../model/progress.js';
import { shellWords } from '../model/shell-words.js';
import { type EntryStep, isEntryStep, packSteps } from './pack-steps.js';
import { replay, type StepOutcome } from './replay.js';

export interface CustomizeOptions {
  /** Of all that would be put in place, what is. Default: all. */
  readonly wanted?: (path: FilePath) => boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Carries out a plan's steps on any machine with a shell. Consecutive entries go as one tar stream and consecutive
 * removals as one call, so that no file costs a process. Gives what came of the spec's own steps.
 */
export async function customize(
  machine: Machine,
  steps: readonly Step[],
  contents: ContentSource,
  { wanted, progress = silent, signal }: CustomizeOptions = {},
): Promise<StepOutcome[]> {
  const { shell } = machine;
  const outcomes: StepOutcome[] = [];
  if (!shell) throw new ReproError('not-ready', `no program can be run on ${machine.label}`);
  if (steps.length === 0) return outcomes;
  await stage(
    progress,
    'customize',
    async (advance) => {
      let done = 0;
      for (const batch of batches(steps)) {
        signal?.throwIfAborted();
        const before = done;
        const context = {
          machine,
          shell,
          contents,
          wanted,
          signal,
          advance: (count: number) => advance(before + count),
        };
        const outcome = await perform(batch, context);
        if (outcome) outcomes.push(outcome);
        done += batch.length;
        advance(done);
      }
    },
    { total: steps.length, unit: 'steps' },
  );
  return outcomes;
}

/** Says which contents the steps need and the spec does not have, before anything is made. */
export async function checkContents(
  { customize: steps, artifacts }: Pick<Plan, 'customize' | 'artifacts'>,
  contents: ContentSource,
  spec: string,
): Promise<void> {
  const missing: string[] = [];
  const fetched = new Set(artifacts.map(({ artifact: { digest, key } }) => digest?.value ?? key));
  const made = steps.flatMap((step) =>
    step.kind === 'replay' ? step.makes.flatMap(({ entry, kept }) => (kept ? [entry] : [])) : [step],
  );
  for (const step of made) {
    if (!('content' in step) || fetched.has(step.content) || (await contents.has(step.content))) continue;
    missing.push(`${showPath(step.path)} (${step.content})`);
  }
  if (missing.length === 0) return;
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ` and ${missing.length - 5} more` : '');
  throw new ReproError('usage', `the spec's environment.d lacks the content of ${shown}`, {
    where: spec,
    remedy: 'copy the whole environment.d folder from where the spec was made, or take these files out of the spec',
  });
}

/** Steps that are carried out at once. */
export type Batch =
  | readonly [EntryStep, ...EntryStep[]]
  | readonly [RemoveStep, ...RemoveStep[]]
  | readonly [RunStep | ReplayStep];

interface BatchContext {
  readonly machine: Machine;
  readonly shell: Shell;
  readonly contents: ContentSource;
  readonly wanted: CustomizeOptions['wanted'];
  readonly signal: AbortSignal | undefined;
  readonly advance: (count: number) => void;
}

/** Consecutive entries go together, as do consecutive removals. */
export function* batches(steps: readonly Step[]): Generator<Batch> {
  let entries: EntryStep[] = [];
  let removals: RemoveStep[] = [];
  function* flush(): Generator<Batch> {
    const [entry, ...otherEntries] = entries;
    const [removal, ...otherRemovals] = removals;
    if (entry) yield [entry, ...otherEntries];
    if (removal) yield [removal, ...otherRemovals];
    [entries, removals] = [[], []];
  }
  for (const step of steps) {
    if (isEntryStep(step)) {
      if (removals.length > 0) yield* flush();
      entries.push(step);
    } else if (step.kind === 'remove') {
      if (entries.length > 0) yield* flush();
      removals.push(step);
    } else {
      yield* flush();
      yield [step];
    }
  }
  yield* flush();
}

function replayOne(step: ReplayStep, context: BatchContext): Promise<StepOutcome> {
  const { machine, shell, signal } = context;
  return replay(step, {
    ...{ machine, shell, signal },
    put: (entries) => putEntries(entries, { ...context, advance: () => undefined }),
    remove: (paths) =>
      removeAll(
        paths.map((path) => ({ kind: 'remove', path, reason: '' })),
        context,
      ),
  });
}

async function perform(batch: Batch, context: BatchContext): Promise<StepOutcome | undefined> {
  if (isEntryBatch(batch)) await putEntries(batch, context);
  else if (isRemoveBatch(batch)) await removeAll(batch, context);
  else return performOne(batch[0], context);
  return undefined;
}

async function performOne(step: RunStep | ReplayStep, context: BatchContext): Promise<StepOutcome | undefined> {
  if (step.kind === 'replay') return replayOne(step, context);
  const { exit, stderr } = await attempt(context, describe(step), () =>
    context.shell.run(step.argv, {
      ...(step.cwd && { cwd: step.cwd }),
      ...(step.environment && { environment: step.environment }),
      ...(context.signal && { signal: context.signal }),
    }),
  );
  if (exit.code !== 0) throw failed(context.machine, describe(step), `exit code ${exit.code}`, stderr);
  return undefined;
}

async function putEntries(steps: readonly EntryStep[], context: BatchContext): Promise<void> {
  const { shell, contents, machine, wanted, signal } = context;
  const tar = Readable.from(packSteps(steps, contents, { wanted, advance: context.advance }), { objectMode: false });
  const abort = () => tar.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal?.addEventListener('abort', abort, { once: true });
  let broken: Error | undefined;
  tar.once('error', (error) => {
    broken = error;
  });
  try {
    await shell.put('/' as EntryStep['path'], tar);
  } catch (error) {
    signal?.throwIfAborted();
    const cause = broken ?? error;
    if (cause instanceof ReproError) throw cause;
    const [first] = steps;
    const what = first && steps.length === 1 ? describe(first) : `putting ${steps.length} files in place`;
    throw failed(machine, what, reasonOf(cause), undefined, cause);
  } finally {
    signal?.removeEventListener('abort', abort);
    tar.destroy();
  }
}

async function removeAll(steps: readonly RemoveStep[], context: BatchContext): Promise<void> {
  if (steps.length === 0) return;
  const input = Buffer.concat(steps.flatMap(({ path }) => [pathToBytes(path), Buffer.of(0)]));
  const argv = ['xargs', '-0', '-r', 'rm', '-rf', '--'];
  const what = steps.length === 1 && steps[0] ? describe(steps[0]) : `removing ${steps.length} paths`;
  const { exit, stderr } = await attempt(context, what, () =>
    context.shell.run(argv, { input, ...(context.signal && { signal: context.signal }) }),
  );
  if (exit.code !== 0) throw failed(context.machine, what, `exit code ${exit.code}`, stderr);
}

async function attempt<T>(context: BatchContext, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    context.signal?.throwIfAborted();
    if (error instanceof ReproError) throw error;
    throw failed(context.machine, what, reasonOf(error), undefined, error);
  }
}

function failed(machine: Machine, what: string, how: string, stderr?: Buffer, cause?: unknown): ReproError {
  const lines = (stderr?.toString('utf8') ?? '').trimEnd().split('\n').slice(-5).join('\n').trim();
  return new ReproError('step-failed', `a step failed (${how}): ${what}${lines ? `\n${lines}` : ''}`, {
    where: machine.label,
    ...(cause !== undefined && { cause }),
  });
}

/** One step in words, without its reason. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'write':
      return `write ${showPath(step.path)}`;
    case 'directory':
      return `make the folder ${showPath(step.path)}`;
    case 'link':
      return `link ${showPath(step.path)} to ${showPath(step.target)}`;
    case 'unpack':
      return `unpack ${step.content} below ${showPath(step.path)}`;
    case 'remove':
      return `remove ${showPath(step.path)}`;
    case 'run':
      return `run ${shellWords(step.argv)}`;
    case 'replay':
      return `do step ${step.id} again: ${shellWords(step.argv)}`;
  }
}

/** Whether they put entries in place. */
export function isEntryBatch(batch: Batch): batch is readonly [EntryStep, ...EntryStep[]] {
  return isEntryStep(batch[0]);
}

/** Whether they remove paths. */
export function isRemoveBatch(batch: Batch): batch is readonly [RemoveStep, ...RemoveStep[]] {
  return batch[0].kind === 'remove';
}
