import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ReproError, reasonOf } from '../errors.js';
import { withLock } from '../file-lock.js';
import type { Machine } from '../machines/machine.js';
import type { Progress } from '../model/progress.js';
import type { Base } from '../packaging/base-system.js';
import { layoutOf } from '../spec/folder/layout.js';
import { mergeSpecifications } from '../spec/merge/merge.js';
import { refuseOtherBase } from '../spec/merge/parts.js';
import { readSpecification } from '../spec/read.js';
import { type CaptureSummary, listInputs } from './summary.js';

/** Fails where a run on this base could not be added to the spec; one that is not there yet can be begun. */
export async function checkAppendable(file: string, base: Base): Promise<void> {
  if (!existsSync(file)) return;
  const { manifest } = await readSpecification(file);
  refuseOtherBase({ name: basename(file), manifest }, { name: 'this system', manifest: { ...manifest, base } });
}

/** Where the spec of the run alone is until it has become a part of the other: a name that no other run has. */
export function ownSpec(output: string): string {
  const stem = basename(layoutOf(output).folder, '.d');
  return join(dirname(output), `${stem}.run-${process.pid}.yml`);
}

export interface AppendRequest {
  /** The spec that the run is added to; where there is none the run begins it. */
  readonly source: string;
  /** What came of tracing the run, in a spec of its own: removed when it has become a part of the other. */
  readonly added: CaptureSummary;
  readonly output: string;
  readonly host: Machine;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Milliseconds that a run waits until others were added to the same spec. */
const patience = 600_000;

/** Adds a run to a spec that was made before on the same machine; tells what came of the run as a part of that. */
export async function appendRun(request: AppendRequest): Promise<CaptureSummary> {
  const { output } = request;
  // Of two runs that end at once, one is added after the other.
  const lock = join(dirname(output), `.${basename(output)}.lock`);
  return withLock(lock, () => addToSpec(request), { patience });
}

async function addToSpec({ source, added, ...request }: AppendRequest): Promise<CaptureSummary> {
  const own = layoutOf(added.manifest);
  try {
    const run = { spec: await readSpecification(own.manifest), name: 'this run' };
    const earlier = existsSync(source) ? [{ spec: await readSpecification(source), name: basename(source) }] : [];
    const merged = await mergeSpecifications({ ...request, specs: [...earlier, run], inOrder: true });
    for (const path of [own.manifest, own.folder]) await rm(path, { recursive: true });
    const { manifest, folder, size, runs, conflicts } = merged;
    const { files, steps = [], runs: all } = (await readSpecification(manifest)).manifest;
    const last = added.step ? steps.at(-1) : all.at(-1);
    const inputs = last && 'inputs' in last ? last.inputs : [];
    const changed = last ? { run: last.id, inputs: listInputs(inputs) } : {};
    const listed = new Set(files.map(({ path }) => path));
    const carried = added.carried.filter(({ path }) => listed.has(path));
    return { ...added, ...changed, carried, manifest, folder, folderBytes: size, runs, conflicts };
  } catch (error) {
    if (!(error instanceof ReproError)) throw error;
    const remedy = error.remedy ?? 'put them together later with reproman trace merge';
    throw new ReproError(error.kind, `the run cannot be added: ${reasonOf(error)}`, {
      where: source,
      remedy: `the run has a spec of its own now, ${own.manifest}; ${remedy}`,
      cause: error,
    });
  }
}
