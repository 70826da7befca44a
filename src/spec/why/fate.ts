import { type FilePath, isWithin } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { documentPath } from '../../model/schemas.js';
import { describeManaged, describeOrigin } from '../document/origin-text.js';
import { inputsOf, madeByStep } from '../runs/steps.js';
import type { Specification } from '../specification.js';

/** What the spec does with a path that no package has as it is, as a sentence; undefined where its class says it. */
export function fateOf({ manifest }: Specification, names: readonly FilePath[], { state }: Owner): string | undefined {
  const isNamed = ({ path }: { readonly path: string }) => names.includes(documentPath(path));
  const file = manifest.files.find(isNamed);
  if (file)
    return `${file.carried ? 'it is carried in environment.d' : 'it is listed, not carried'}${reason(file.why)}`;
  const step = manifest.steps?.findLast((each) => names.some(madeByStep(each)));
  if (step) return `the step ${step.id} makes it`;
  const tree = manifest.files.find(
    (each) => each.tree && names.some((name) => isWithin(name, documentPath(each.path))),
  );
  if (tree?.carried) return `it is carried with all of ${tree.path}`;
  for (const { id, inputs, outputs } of manifest.runs) {
    const input = inputs.find(isNamed);
    if (input) return `it is input data of the run ${id}, ${input.carried ? 'carried' : 'named by its hash'}`;
    const isMade = (path: string) => names.some((name) => isWithin(name, documentPath(path)));
    if (outputs.some((output) => isNamed(output) || (output.files !== undefined && isMade(output.path))))
      return `the run ${id} makes it`;
  }
  if (state === 'host-bound') return 'it is taken from the machine that runs, and never carried';
  return state === 'left-out' ? 'it is neither carried nor hashed' : undefined;
}

/** Where a path that no package has is from, and what manages it, in words. */
export function provenanceOf(
  { manifest }: Specification,
  names: readonly FilePath[],
): { from?: string; managed?: string } {
  const { files, runs, steps = [] } = manifest;
  const all = [...files, ...[...steps.flatMap(inputsOf), ...runs.flatMap(({ inputs }) => inputs)]];
  const told = all.filter(({ path, origin, managed }) => (origin ?? managed) && names.includes(documentPath(path)));
  const [from] = told.flatMap((file) => describeOrigin(file) ?? []);
  const [managed] = told.flatMap((file) => describeManaged(file) ?? []);
  return { ...(from === undefined ? {} : { from }), ...(managed === undefined ? {} : { managed }) };
}

function reason(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`;
}
