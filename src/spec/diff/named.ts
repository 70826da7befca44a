import type { ManifestRun } from '../document/schema.js';
import type { ComparableSpec } from './comparable.js';
import { differingFields, isSameValue } from './fields.js';
import type { NamedDifference, SpecDifferences, ValueDifference } from './schema.js';

type Fields = Readonly<Record<string, unknown>>;

/** What is there in one alone, or not the same in both, by what it is called. */
export function diffNamed(before: ReadonlyMap<string, Fields>, after: ReadonlyMap<string, Fields>): NamedDifference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name): NamedDifference[] => {
    const [one, other] = [before.get(name), after.get(name)];
    if (!one || !other) return [{ name, verdict: one ? 'removed' : 'added' }];
    const fields = differingFields(one, other);
    return fields.length > 0 ? [{ name, verdict: 'changed', fields }] : [];
  });
}

/** Fields with one value each; of what both lack nothing is told. */
export function diffValues(before: Fields, after: Fields): ValueDifference[] {
  return differingFields(before, after).map((name) => ({
    name,
    ...(before[name] !== undefined && { before: textOf(before[name]) }),
    ...(after[name] !== undefined && { after: textOf(after[name]) }),
  }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Runs by their ids, else by their commands: of one run in each no id is needed. */
export function pairRuns(
  before: readonly ManifestRun[],
  after: readonly ManifestRun[],
): readonly { readonly name: string; readonly before?: ManifestRun; readonly after?: ManifestRun }[] {
  const rest = new Set(after);
  const found = new Map<ManifestRun, ManifestRun>();
  const take = (run: ManifestRun, fits: (other: ManifestRun) => boolean) => {
    const other = found.has(run) ? undefined : [...rest].find(fits);
    if (!other) return;
    found.set(run, other);
    rest.delete(other);
  };
  for (const run of before) take(run, ({ id }) => id === run.id);
  for (const run of before) take(run, ({ command }) => isSameValue(command, run.command));
  return [
    ...before.map((run) => {
      const other = found.get(run);
      return { name: run.id, before: run, ...(other && { after: other }) };
    }),
    ...[...rest].map((run) => ({ name: run.id, after: run })),
  ];
}

/** What of a run is no part of what it does: how it was recorded, and what a shell makes of its variables. */
const ofRecord = new Set(['id', 'environment', 'attached', 'masked', 'limits']);

/** The runs, and apart from them the variables that they have. */
export function diffRuns(one: ComparableSpec, other: ComparableSpec): Pick<SpecDifferences, 'runs' | 'variables'> {
  const pairs = pairRuns(one.runs, other.runs);
  const runs = pairs.flatMap(({ name, before, after }): NamedDifference[] => {
    if (!before || !after) return [{ name, verdict: before ? 'removed' : 'added' }];
    const fields = differingFields(essenceOf(before), essenceOf(after));
    return fields.length > 0 ? [{ name, verdict: 'changed', fields }] : [];
  });
  const variables = pairs.flatMap(({ name: run, before, after }) =>
    before && after ? diffValues(before.environment, after.environment).map((each) => ({ run, ...each })) : [],
  );
  return { runs, variables };
}

/** Inputs and outputs by path and content: where they were from, and whether they are carried, is no difference. */
function essenceOf(run: ManifestRun): Fields {
  const { inputs, outputs, ...rest } = run;
  const fields = Object.entries(rest).filter(([key, value]) => !ofRecord.has(key) && value !== undefined);
  const contents = inputs.map(({ path, sha256 }) => [`input ${path}`, sha256 ?? 'unknown']);
  const results = outputs.map(({ path, compare }) => [`output ${path}`, compare ?? 'bytes']);
  return Object.fromEntries([...fields, ...contents, ...results]);
}
