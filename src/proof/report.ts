import {
  type Cause,
  isDifferent,
  type PathVerdict,
  type Proof,
  type RerunReport,
  type TreeProof,
  verdictClasses,
} from './proof.js';
import { renderRerun } from './rerun-report.js';

/** How many differences of one cause are shown; all are in `--json`. */
const shownLimit = 12;

/** The proof for people: a headline, then the differences by cause, then what could not be shown. */
export function renderProof(proof: Proof): string {
  const lines = [headline(proof), ''];
  lines.push(...renderTree(proof.tree));
  for (const rerun of proof.reruns) lines.push(...renderRerun(rerun));
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The verdict in one sentence. */
export function headline({ ok, tree, reruns }: Proof): string {
  const { equal, compared, different, unproved } = tally(tree);
  const files =
    equal === compared
      ? `${equal} of ${compared} accessed paths are identical`
      : `${equal} of ${compared} accessed paths are identical (${describeRest(different, unproved, compared - equal)})`;
  const others = tree.snapshot.differences.filter((row) => isDifferent(row) && row.tolerated !== true).length;
  const beside =
    different === 0 && others > 0 ? [`${count(others, 'other entry', 'other entries')} of the snapshot differ`] : [];
  return `${ok ? 'Proved' : 'Not proved'}: ${[files, ...beside, ...describeReruns(reruns)].join('; ')}.`;
}

/** Commands that gave the same are counted, all others named. */
function describeReruns(reruns: readonly RerunReport[]): string[] {
  const same = reruns.filter((rerun) => rerun.ok && varyingOutputs(rerun) === 0).length;
  const which = same === 1 ? 'the command' : same === 2 ? 'both commands' : `all ${same} commands`;
  const what = 'gave the same result';
  const equal = same === reruns.length ? `${which} ${what}` : `${same} of ${reruns.length} commands ${what}`;
  return [...(same > 0 ? [equal] : []), ...reruns.flatMap((rerun) => describeOther(rerun, reruns.length === 1))];
}

function describeOther(rerun: RerunReport, isOnly: boolean): string[] {
  if (!rerun.started) return [`${rerun.run} did not run again`];
  if (!rerun.ok) {
    const differs = isKnownToDiffer(rerun) ? 'did not give the same again' : 'could not be proved to give the same';
    return [`${rerun.run} ${differs}`];
  }
  const varying = varyingOutputs(rerun);
  if (varying === 0) return [];
  const outputs = `${count(varying, 'output')} ${varying === 1 ? 'that varies by itself' : 'that vary by themselves'}`;
  return [`${isOnly ? 'the command' : rerun.run} did the same, but for ${outputs}`];
}

function varyingOutputs({ outputs }: RerunReport): number {
  return outputs.filter(({ verdict }) => verdict === 'varies').length;
}

function isKnownToDiffer({ exit, outputs, accesses }: RerunReport): boolean {
  const results = [...(exit ? [exit] : []), ...outputs, ...(accesses?.differences ?? [])];
  return results.some(({ verdict }) => verdict === 'different' || verdict === 'missing');
}

function describeRest(different: number, unproved: number, rest: number): string {
  const excused = rest - different - unproved;
  const parts = [
    ...(different > 0 ? [`${different} differ`] : []),
    ...(unproved > 0 ? [`${unproved} unproved`] : []),
    ...(excused > 0 ? [`${excused} excused by a published rule`] : []),
  ];
  return parts.join(', ');
}

/** Paths that the created tree is expected to hold as the origin did. */
function tally(tree: TreeProof) {
  const counts = { equal: 0, compared: 0, different: 0, unproved: 0 };
  for (const { verdict } of rowsOf(tree)) {
    const kind = verdictClasses[verdict];
    if (kind === 'excused' && verdict !== 'volatile') continue;
    counts.compared++;
    if (kind === 'equal') counts.equal++;
    if (kind === 'different') counts.different++;
    if (kind === 'unproved') counts.unproved++;
  }
  return counts;
}

function rowsOf(tree: TreeProof): PathVerdict[] {
  return tree.runs.flatMap(({ paths }) => paths);
}

function renderTree(tree: TreeProof): string[] {
  const accessed = rowsOf(tree);
  const lines: string[] = [];
  const named = new Set<string>();
  const differing = unique([...accessed, ...tree.snapshot.differences].filter(isDifferent), named);
  const [failing, tolerated] = [differing.filter((row) => !row.tolerated), differing.filter((row) => row.tolerated)];
  for (const [cause, rows] of byCause(failing)) lines.push(...renderGroup(titleOf(cause), rows), '');
  lines.push(
    ...renderGroup(
      'Left unproved',
      unique(
        accessed.filter(({ verdict }) => verdict === 'unproved'),
        named,
      ),
    ),
  );
  if (!tree.volatility.ok) lines.push(renderVolatility(tree), '');
  lines.push(
    ...renderGroup(
      'Differ by a published rule',
      unique(
        accessed.filter(({ verdict }) => verdict === 'volatile'),
        named,
      ),
    ),
  );
  const apart = countsApart(accessed);
  if (apart !== '') lines.push(`Not compared: ${apart}.`);
  const { entries, totals } = tree.snapshot;
  const differ = tree.snapshot.differences.filter(isDifferent).length;
  const { identical = 0, unproved = 0 } = totals;
  const excused = entries - identical - differ - unproved;
  if (entries > 0)
    lines.push(
      `The whole snapshot: ${identical} of ${entries} entries are identical, ${excused} are excused, ${differ} differ.`,
    );
  const unseen = tree.snapshot.differences.find(({ verdict }) => verdict === 'unproved');
  if (unseen)
    lines.push(`${count(unproved, 'entry', 'entries')} could not be compared, e.g. ${unseen.path}: ${unseen.why}.`);
  if (tolerated.length > 0) {
    lines.push(
      `${count(tolerated.length, 'of them is a setting', 'of them are settings')} that no run used, as the package ships it (rule unused-setting), e.g. ${tolerated[0]?.path}.`,
    );
  }
  return [...lines, ...tree.notes];
}

function renderVolatility({ volatility: { owned, volatile, programs } }: TreeProof): string {
  if (programs.length > 0)
    return `A volatile rule covers ${programs.join(', ')}: no program, library or script may differ.`;
  return `${volatile} of ${owned} accessed packaged files differ by volatile rules: at most 1 % may.`;
}

function unique(rows: readonly PathVerdict[], named: Set<string>): PathVerdict[] {
  return rows.filter(({ path }) => {
    const isNew = !named.has(path);
    named.add(path);
    return isNew;
  });
}

function byCause(rows: readonly PathVerdict[]): [Cause, PathVerdict[]][] {
  const groups = new Map<Cause, PathVerdict[]>();
  for (const row of rows) {
    const cause = row.cause ?? 'unknown';
    groups.set(cause, [...(groups.get(cause) ?? []), row]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function titleOf(cause: Cause): string {
  const titles: Partial<Record<Cause, string>> = {
    'other-version': 'Of another version',
    substituted: 'Of packages that stand in for others',
    configuration: 'Settings that differ',
    missing: 'Missing',
    'not-carried': 'Not in the spec',
    shadowed: 'Would be found first, and was not there',
    environment: 'Made anew, and not the same',
  };
  return titles[cause] ?? 'Different, for no reason that the spec tells';
}

function renderGroup(title: string, rows: readonly PathVerdict[]): string[] {
  if (rows.length === 0) return [];
  const lines = [`${title} (${rows.length}):`];
  for (const row of rows.slice(0, shownLimit)) lines.push(...renderRow(row));
  if (rows.length > shownLimit) lines.push(`  ... and ${rows.length - shownLimit} more; --json has them all`);
  return lines;
}

function renderRow({ path, verdict, why, rule, differences, package: owner }: PathVerdict): string[] {
  const by = rule === undefined ? '' : `, rule ${rule}`;
  const of =
    owner === undefined ? '' : ` (${owner.name} ${owner.version}${owner.at === undefined ? '' : ` in ${owner.at}`})`;
  const lines = [`  ${path}${of}: ${verdict}${by}${why === undefined ? '' : `: ${why}`}`];
  if (verdictClasses[verdict] === 'excused') return lines;
  for (const { aspect, expected, found } of differences) {
    lines.push(`    ${aspect}: expected ${shorten(expected)}, found ${shorten(found)}`);
  }
  return lines;
}

/** Hashes are told apart by their beginning. */
function shorten(text: string): string {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1...');
}

function countsApart(rows: readonly PathVerdict[]): string {
  const words: Partial<Record<PathVerdict['verdict'], string>> = {
    input: "of the run's own data",
    changed: 'that the run makes or changes',
    engine: 'of the kernel or the engine',
    'left-out': 'left out by rule',
  };
  return Object.entries(words)
    .map(([verdict, what]) => [rows.filter((row) => row.verdict === verdict).length, what] as const)
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${count(number, 'path')} ${what}`)
    .join(', ');
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
