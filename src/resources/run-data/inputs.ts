import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type LocatedInput, locateInputs } from '../../proof/inputs.js';
import { isLacking, type SuppliedInput } from '../../proof/proof.js';
import { ruleLookup, variationsOf } from '../../proof/rules.js';
import { setScene } from '../../proof/scene.js';
import type { ManifestRun } from '../../spec/document/schema.js';
import type { Specification } from '../../spec/specification.js';

export interface RunData {
  readonly spec: Specification;
  readonly run: ManifestRun;
  /** Where the run is done. */
  readonly machine: Machine;
  /** This machine. */
  readonly here: Machine;
  /** A folder of this machine. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Puts the inputs that a run declares in their places, by their hashes: from the spec, the folder, or where they were.
 * Nothing is put where one of them is missing or another file.
 */
export async function bringInputs({ spec, run, machine, here, folder, signal }: RunData): Promise<SuppliedInput[]> {
  const ruleFor = await ruleLookup(await variationsOf(spec.manifest));
  const inputs = await locateInputs(run, machine, { spec, host: here, folder, signal, ruleFor });
  const [wrong, ...others] = inputs.filter(({ report }) => isLacking(report));
  if (wrong) throw notTheSame(wrong, others.length);
  await setScene(machine, spec, { run, recorded: await spec.trace(run.id), inputs });
  return inputs.map(({ report }) => report);
}

function notTheSame({ report: { path, why, expected, found } }: LocatedInput, others: number): ReproError {
  const hashes = expected === undefined ? '' : ` (${[found, `not ${expected}`].filter(Boolean).join(', ')})`;
  const more = others === 0 ? '' : `, and so are ${others} more`;
  return new ReproError('usage', `the input ${path} is not at hand: ${why ?? 'it was not found'}${hashes}${more}`, {
    remedy: 'name the folder that has it with --inputs; to run on other data, put it there with reproman cp',
  });
}
