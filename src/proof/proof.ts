import { z } from 'zod';

/** What was found out about one path. */
export const verdicts = [
  'identical',
  'carried',
  'volatile',
  'engine',
  'input',
  'changed',
  'left-out',
  'content',
  'mode',
  'owner',
  'link',
  'type',
  'missing',
  'shadowed',
  'present-though-absent',
  'other-version',
  'substituted',
  'unproved',
] as const;

export type Verdict = (typeof verdicts)[number];

/**
 * What a verdict means for the proof. `equal`: shown to be the same. `excused`: not comparable, by a published rule.
 * `different`: the environment is not the same. `unproved`: neither could be shown.
 */
export const verdictClasses = {
  identical: 'equal',
  carried: 'equal',
  volatile: 'excused',
  engine: 'excused',
  input: 'excused',
  changed: 'excused',
  'left-out': 'excused',
  content: 'different',
  mode: 'different',
  owner: 'different',
  link: 'different',
  type: 'different',
  missing: 'different',
  shadowed: 'different',
  'present-though-absent': 'different',
  'other-version': 'different',
  substituted: 'different',
  unproved: 'unproved',
} as const satisfies Record<Verdict, 'equal' | 'excused' | 'different' | 'unproved'>;

export const causes = [
  'volatile-rule',
  'varies-on-origin',
  'mounted-by-engine',
  'configuration',
  'other-version',
  'substituted',
  'shadowed',
  'missing',
  'not-carried',
  'left-out',
  'outside-service',
  'not-recorded',
  'supplied-to-rerun',
  'changed-by-run',
  'step',
  'environment',
  'not-told-apart',
  'unknown',
] as const;

export type Cause = (typeof causes)[number];

/** One property of an entry that is not what it was. */
const differenceSchema = z.strictObject({
  aspect: z.enum(['presence', 'type', 'link', 'content', 'mode', 'owner', 'version', 'accounts']),
  expected: z.string(),
  found: z.string(),
});

const packageSchema = z.strictObject({
  distribution: z.string(),
  name: z.string(),
  version: z.string(),
  architecture: z.string().optional(),
  at: z.string().optional().describe('the place that it is installed at, where it may be at several'),
});

const pathVerdictSchema = z.strictObject({
  path: z.string(),
  verdict: z.enum(verdicts),
  cause: z.enum(causes).optional().describe('absent where nothing has to be explained'),
  why: z.string().optional().describe('the cause in words'),
  rule: z.string().optional().describe('the published rule that decided'),
  uses: z.array(z.string()).optional().describe('how the run used the path; absent for other entries of the snapshot'),
  state: z.string().optional().describe('what identification said of the path'),
  package: packageSchema.optional(),
  resolved: z.string().optional().describe('where the path led on the origin, when that is another path'),
  differences: z.array(differenceSchema),
  tolerated: z.literal(true).optional().describe('no run used it, and its rule excuses it: no reason to fail'),
});

const totalsSchema = z.partialRecord(z.enum(verdicts), z.int().nonnegative());

const runProofSchema = z.strictObject({
  run: z.string(),
  paths: z.array(pathVerdictSchema).describe('every accessed path, in byte order'),
  totals: totalsSchema,
});

const snapshotSchema = z
  .strictObject({
    entries: z.int().nonnegative(),
    totals: totalsSchema,
    differences: z.array(pathVerdictSchema).describe('those entries alone that are not equal'),
  })
  .describe('every entry of the traced snapshot');

const volatilitySchema = z
  .strictObject({
    owned: z.int().nonnegative().describe('accessed files that a package owns'),
    volatile: z.int().nonnegative().describe('of them, those that only a volatile rule excuses'),
    programs: z.array(z.string()).describe('programs, libraries and scripts under a volatile rule: there may be none'),
    ok: z.boolean(),
  })
  .describe('at most 1 % of the accessed owned files, and no program, library or script, may be volatile');

const treeProofSchema = z.strictObject({
  runs: z.array(runProofSchema),
  snapshot: snapshotSchema,
  volatility: volatilitySchema,
  notes: z.array(z.string()).describe('what was not compared, in whole sentences'),
  ok: z.boolean(),
});

const comparisonSchema = z.enum(['equal', 'different', 'varies', 'ignored', 'missing', 'unproved']);

const resultSchema = z.strictObject({
  verdict: comparisonSchema,
  expected: z.string().optional(),
  found: z.string().optional(),
  cause: z.enum(causes).optional(),
  why: z.string().optional(),
});

const outputSchema = resultSchema.extend({
  path: z.string(),
  stream: z.enum(['stdout', 'stderr']).optional(),
  compare: z.unknown().describe('the comparator'),
  differences: z
    .array(z.strictObject({ at: z.string(), expected: z.string(), found: z.string() }))
    .optional()
    .describe("the first of them, in the format's own terms"),
  count: z.int().optional().describe('how many differences there are'),
  suggestion: z.unknown().optional().describe('a comparator by which it would be equal'),
  rule: z.string().optional().describe('the published rule by which it may vary'),
});

const suppliedInputSchema = z.strictObject({
  path: z.string(),
  verdict: z.enum(['in-place', 'supplied', 'made', 'wrong', 'missing', 'unknown']),
  source: z.string().optional(),
  expected: z.string().optional(),
  found: z.string().optional(),
  why: z.string().optional(),
  rule: z.string().optional().describe('the published rule by which the run may go without it'),
});

const accessDifferenceSchema = z.strictObject({
  path: z.string(),
  expected: z.array(z.string()).describe('uses on the origin; empty: not used'),
  found: z.array(z.string()),
  verdict: z.enum(['different', 'excused', 'unproved']),
  cause: z.enum(causes),
  why: z.string().optional(),
});

const rerunSchema = z.strictObject({
  run: z.string(),
  command: z.array(z.string()),
  started: z.boolean(),
  reason: z.string().optional().describe('why it was not started'),
  seconds: z.number().optional(),
  inputs: z.array(suppliedInputSchema),
  exit: resultSchema.optional(),
  outputs: z.array(outputSchema),
  accesses: z.strictObject({ equal: z.int(), differences: z.array(accessDifferenceSchema) }).optional(),
  unproved: z.array(z.string()).describe('what could not be shown, in whole sentences'),
  ok: z.boolean(),
});

/** The proof as data: what `--json` prints. */
export const proofSchema = z.strictObject({
  version: z.literal(1),
  ok: z.boolean(),
  tree: treeProofSchema,
  reruns: z.array(rerunSchema),
});

export type Proof = z.infer<typeof proofSchema>;
export type TreeProof = z.infer<typeof treeProofSchema>;
export type RunProof = z.infer<typeof runProofSchema>;
export type SnapshotProof = z.infer<typeof snapshotSchema>;
export type PathVerdict = z.infer<typeof pathVerdictSchema>;

/** What is said of a path, beside what it is. */
export type Judgement = Pick<PathVerdict, 'verdict'> & Partial<PathVerdict>;
export type Difference = z.infer<typeof differenceSchema>;
export type Totals = z.infer<typeof totalsSchema>;
export type Volatility = z.infer<typeof volatilitySchema>;
export type RerunReport = z.infer<typeof rerunSchema>;
export type Result = z.infer<typeof resultSchema>;
export type OutputResult = z.infer<typeof outputSchema>;
export type SuppliedInput = z.infer<typeof suppliedInputSchema>;
export type AccessDifference = z.infer<typeof accessDifferenceSchema>;

/** Puts what was compared together; the whole is proved when every part is. */
export function assembleProof(tree: TreeProof, reruns: readonly RerunReport[] = []): Proof {
  return { version: 1, ok: tree.ok && reruns.every(({ ok }) => ok), tree, reruns: [...reruns] };
}

export function isDifferent({ verdict }: Pick<PathVerdict, 'verdict'>): boolean {
  return verdictClasses[verdict] === 'different';
}

export function countVerdicts(rows: Iterable<Pick<PathVerdict, 'verdict'>>): Totals {
  const totals: Totals = {};
  for (const { verdict } of rows) totals[verdict] = (totals[verdict] ?? 0) + 1;
  return totals;
}

/** Whether an input was as it was on the origin, as far as that could be: made by an earlier run, which has its own proof. */
export function isAtHand({ verdict }: Pick<SuppliedInput, 'verdict'>): boolean {
  return verdict === 'in-place' || verdict === 'supplied' || verdict === 'made';
}

/** Whether a run cannot be repeated for want of an input: it may go without what tools keep for themselves. */
export function isLacking(input: SuppliedInput): boolean {
  return !isAtHand(input) && input.rule === undefined;
}

/** 0 when everything is proved, 6 when something is not. */
export function proofExitCode(proof: Proof): 0 | 6 {
  return proof.ok ? 0 : 6;
}
