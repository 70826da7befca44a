import { z } from 'zod';

/** What became of a package, what matters most first. `version`: another, without an order between the two. */
export const packageVerdictSchema = z.enum([
  ...(['added', 'removed', 'upgraded', 'downgraded', 'version', 'architecture', 'build'] as const),
  ...(['origin', 'moved', 'changed'] as const),
]);

export type PackageVerdict = z.infer<typeof packageVerdictSchema>;

const sideSchema = z.strictObject({
  version: z.string().optional().describe('absent: any'),
  constraint: z.string().optional().describe('what is asked for in its stead, as it is written'),
  architecture: z.string().optional().describe('absent: any, or the usual one'),
  at: z.string().optional().describe('the place that it is at, where it may be at several'),
  build: z.string().optional(),
  identity: z.string().optional().describe('what it is wherever it lies, such as the first commit of a repository'),
  origins: z.array(z.string()).optional().describe('where it can be had'),
});

export type PackageSide = z.infer<typeof sideSchema>;

const packageSchema = z.strictObject({
  distribution: z.string(),
  name: z.string(),
  verdict: packageVerdictSchema,
  also: z.array(packageVerdictSchema).optional().describe('what else is different of it'),
  fields: z.array(z.string()).optional().describe('of `changed`: which'),
  before: sideSchema.optional(),
  after: sideSchema.optional(),
});

export type PackageDifference = z.infer<typeof packageSchema>;

/** `changed`: there in both, and not the same; `fields` say in what. */
const changeSchema = z.enum(['added', 'removed', 'changed']);

export const fileVerdictSchema = z.enum(['added', 'removed', 'type', 'content', 'link', 'mode', 'owner']);

const fileSchema = z.strictObject({
  path: z.string(),
  verdict: fileVerdictSchema.describe('what matters most of what is different'),
  also: z.array(fileVerdictSchema).optional(),
  before: z.string().optional().describe('the hash, the target, the mode or the owner, by the verdict'),
  after: z.string().optional(),
});

export type FileDifference = z.infer<typeof fileSchema>;

const namedSchema = z.strictObject({
  name: z.string(),
  verdict: changeSchema,
  fields: z.array(z.string()).optional(),
});

export type NamedDifference = z.infer<typeof namedSchema>;

const valueSchema = z.strictObject({ name: z.string(), before: z.string().optional(), after: z.string().optional() });

export type ValueDifference = z.infer<typeof valueSchema>;

/** What one spec has differently than another. */
export const specDifferencesSchema = z.strictObject({
  version: z.literal(1),
  specs: z.tuple([z.string(), z.string()]),
  compared: z
    .enum(['installed', 'requested'])
    .describe('of packages: all that is installed; or what is asked for, where a spec was not resolved'),
  equal: z.boolean(),
  base: z.array(valueSchema).describe('fields of the base'),
  packages: z.array(packageSchema),
  settings: z.array(z.strictObject({ distribution: z.string(), fields: z.array(z.string()) })),
  accounts: z.array(namedSchema).describe('as user NAME or group NAME'),
  files: z.array(fileSchema),
  absent: z.array(namedSchema).describe('paths that packages bring and that are taken away'),
  variables: z.array(valueSchema.extend({ run: z.string() })),
  steps: z.array(namedSchema),
  runs: z.array(namedSchema),
  host: z.array(namedSchema).describe('what is needed of the machine below'),
});

export type SpecDifferences = z.infer<typeof specDifferencesSchema>;

/** What is asked for, and is not there. */
const unsatisfiedSchema = z.strictObject({
  kind: z.enum(['base', 'package', 'file', 'absent', 'step']),
  distribution: z.string().optional(),
  request: z.string().describe('as it is asked for'),
  at: z.string().optional(),
  found: z.array(z.string()).describe('what is there of that name; none: nothing'),
});

export type Unsatisfied = z.infer<typeof unsatisfiedSchema>;

/** Whether one spec has what another asks for. */
export const satisfactionSchema = z.strictObject({
  version: z.literal(1),
  specs: z.tuple([z.string(), z.string()]).describe('what has it, and what asks for it'),
  satisfied: z.boolean(),
  asked: z.int().nonnegative().describe('how many things are asked for'),
  unsatisfied: z.array(unsatisfiedSchema),
});

export type Satisfaction = z.infer<typeof satisfactionSchema>;
