import { canonicalJson } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, isWithin } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { ManifestFile, ManifestInput, ManifestStep } from '../document/schema.js';
import { makesOf } from '../runs/steps.js';
import type { RecordedTrace } from '../specification.js';

/** A step with what was recorded of it. */
export interface StepRecord {
  readonly step: ManifestStep;
  readonly trace: RecordedTrace | undefined;
}

/** The step that makes a path, or a folder that it is in: the last of them. */
export function makerAmong(steps: readonly StepRecord[], path: FilePath): string | undefined {
  const makes = ({ step }: StepRecord) => makesOf(step).some((made) => isWithin(path, documentPath(made.path)));
  return steps.findLast(makes)?.step.id;
}

/** An input that an earlier step makes just so is not carried: it is there by then. */
export function afterSteps(
  input: ManifestInput,
  steps: readonly StepRecord[],
  snapshot: ReadonlyMap<FilePath, FileEntry>,
): ManifestInput {
  const path = documentPath(input.path);
  const from = makerAmong(steps, path);
  if (from === undefined || input.sha256 === undefined || snapshot.get(path)?.hash !== input.sha256) return input;
  const { carried: _carried, ...named } = input;
  return { ...named, from };
}

/** Steps with those of a later spec; `needed`: what these need of what earlier runs left, and no step makes. */
export function joinSteps(
  one: { readonly steps: readonly StepRecord[]; readonly snapshot: ReadonlyMap<FilePath, FileEntry> },
  later: readonly StepRecord[],
  needed: readonly ManifestFile[],
): StepRecord[] {
  const known = new Set(one.steps.map(({ step }) => sameness(step)));
  const added = later.filter(({ step }) => !known.has(sameness(step)));
  const [first] = added;
  return [
    ...one.steps,
    ...added.map((record) => {
      if (!('command' in record.step)) return record;
      const own = record.step.inputs.map((input) => afterSteps(input, one.steps, one.snapshot));
      const inputs = record === first ? [...needed.map(asInput), ...own] : own;
      return { ...record, step: { ...record.step, inputs } };
    }),
  ];
}

function asInput({ path, sha256, size, mode }: ManifestFile): ManifestInput {
  return {
    path,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(size === undefined ? {} : { size }),
    ...(mode === undefined ? {} : { mode }),
    carried: true,
  };
}

/** The very same step is done once. */
function sameness({ id: _id, ...step }: ManifestStep): string {
  return canonicalJson(step);
}
