import type { Sha256 } from '../hash.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, isWithin, parentPath, showPath } from '../model/file-path.js';
import { isGoneAtStart, isMountedAtRun } from '../model/kernel-path.js';
import type { RemoveStep, Step } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import type { Manifest, ManifestFile, ManifestRun } from '../spec/document/schema.js';
import { inputsOf, madeBySteps, makesOf } from '../spec/runs/steps.js';
import { type Grounds, type KnownEntries, Placement } from './placement.js';

/** In a tree that is carried lie files of packages too: the spec does not keep their content, the packages bring it. */
export async function gatherKnown(
  manifest: Manifest,
  snapshot: AsyncIterable<FileEntry>,
  isKept: (hash: Sha256) => boolean = () => true,
): Promise<KnownEntries> {
  const carried = new Set<FilePath>();
  for (const file of manifest.files) carried.add(documentPath(file.path));
  const { steps = [] } = manifest;
  const inputs = [...manifest.runs.flatMap((run) => run.inputs), ...steps.flatMap(inputsOf)];
  for (const { path } of [...inputs, ...steps.flatMap(makesOf)]) carried.add(documentPath(path));
  const trees = carriedTrees(manifest);
  const known = new Map<FilePath, FileEntry>();
  for await (const entry of snapshot) {
    const wanted =
      entry.type === 'directory' ||
      entry.type === 'symlink' ||
      carried.has(entry.path) ||
      (trees.some((tree) => isWithin(entry.path, tree)) && (entry.hash === undefined || isKept(entry.hash)));
    if (wanted) known.set(entry.path, entry);
  }
  return known;
}

/** What the steps of an envelope depend on beside its manifest. */
export interface EnvelopeContext extends Grounds {
  /** For each run, by its id, what it or an earlier one makes: that is left to the runs. */
  readonly made?: ReadonlyMap<string, ReadonlySet<FilePath>>;
}

/** The steps that put the carried files, the working directories and the outputs' folders in place. */
export function envelopeSteps(manifest: Manifest, { made = new Map(), ...grounds }: EnvelopeContext): Step[] {
  const placement = new Placement(grounds);
  const isMadeByStep = madeBySteps(manifest);
  for (const { name, id, cwd, user, outputs } of workplaces(manifest)) {
    const isMade = (path: FilePath) => made.get(id)?.has(path) === true || isMadeByStep(path);
    const untilMade = (path: FilePath): FilePath => (isMade(path) ? untilMade(parentPath(path)) : path);
    placement.folder(untilMade(documentPath(cwd)), `the working directory of ${name}`, user);
    for (const output of outputs) {
      const path = documentPath(output.path);
      const at = untilMade(parentPath(path));
      if (!isMountedAtRun(path)) placement.folder(at, `${name} writes ${showPath(path)}`, user);
    }
  }
  for (const file of manifest.files) if (file.carried || file.target !== undefined) placement.put(file);
  for (const input of carriedInputs(manifest.runs)) placement.put(input);
  return [...removals(manifest), ...placement.steps()];
}

/** Where steps and runs work, and what they leave. */
function workplaces({ steps = [], runs }: Manifest) {
  const builders = steps.map((step) => {
    const { cwd = '/', user } = 'command' in step ? step : {};
    return { name: `step ${step.id}`, id: step.id, cwd, user, outputs: makesOf(step) };
  });
  return [...builders, ...runs.map((run) => ({ ...run, name: `run ${run.id}` }))];
}

/** What is carried, and cannot be in an environment at rest; a run that is done again is given it. */
export function unplaceable(manifest: Manifest): FilePath[] {
  const carried = [...manifest.files.filter((file) => file.carried), ...carriedInputs(manifest.runs)];
  return carried.map(({ path }) => documentPath(path)).filter(isGoneAtStart);
}

/** What the packages bring and the origin did not have, before anything is put in its place. */
function removals({ absent = [] }: Manifest): RemoveStep[] {
  return absent.map(({ path, why }) => ({
    kind: 'remove',
    path: documentPath(path),
    reason: why ?? 'the environment does not have it',
  }));
}

function carriedInputs(runs: readonly ManifestRun[]): ManifestFile[] {
  return runs.flatMap((run) =>
    run.inputs
      .filter(({ carried, sha256 }) => carried === true && sha256 !== undefined)
      .map(({ path, sha256 }) => ({ path, sha256, carried: true, why: `an input of run ${run.id}` })),
  );
}

function carriedTrees(manifest: Manifest): FilePath[] {
  const files = [...manifest.files, ...(manifest.steps ?? []).flatMap(makesOf)];
  return files.filter(({ tree, carried }) => tree && carried).map(({ path }) => documentPath(path));
}
