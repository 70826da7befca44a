import { z } from 'zod';
import { foreignStandInFields, isSaid, knownBySchema, plainTextSchema } from '../archives/stand-ins.js';
import { showPath } from '../model/file-path.js';
import type { PlannedPackage } from '../model/plan.js';
import { sha256Schema } from '../model/schemas.js';

/**
 * A bundle is a plain tar: its index, the spec with `environment.d` beside it, and every artifact by its SHA-256. All
 * members are regular files of root, dated with the spec's epoch and in the order of the index, so that the same spec
 * gives the same bytes. `tar xf` gives a spec that can be read without us.
 */
export const bundleVersion = 1;

/** The member that comes first; it tells a bundle from every other tar. */
export const indexName = 'reproman-bundle.json';

export const manifestName = 'environment.yml';
export const folderName = 'environment.d';

/** Nothing else may be in a bundle, so no member can be put anywhere else. */
const memberName =
  /^(?:environment\.yml|environment\.d\/(?:lock\.json|environment\.schema\.json|snapshot\.jsonl\.gz|paths\.jsonl\.gz|traces\/[a-z0-9][a-z0-9-]*\.jsonl\.gz|contents\/[0-9a-f]{64})|artifacts\/[0-9a-f]{64})$/;

const memberSchema = z.strictObject({
  name: z.string().regex(memberName, 'a part of a spec or an artifact'),
  sha256: sha256Schema,
  size: z.int().nonnegative(),
});

export const packageSchema = z.strictObject({
  distribution: plainTextSchema,
  name: plainTextSchema,
  version: plainTextSchema,
  architecture: plainTextSchema.optional(),
  at: plainTextSchema.optional().describe('as documents have paths'),
});

const artifactSchema = packageSchema.extend({
  sha256: sha256Schema,
  size: z.int().nonnegative(),
  digest: z
    .strictObject({
      algorithm: z.enum(['sha512', 'sha256', 'sha1', 'md5']),
      value: z.string().regex(/^[0-9a-f]{32,128}$/),
    })
    .describe('what the plan knows the artifact by'),
});

const standInSchema = packageSchema
  .extend({
    size: z.int().nonnegative(),
    ...foreignStandInFields,
    for: knownBySchema.describe('what the plan knows the artifact by that it stands in for'),
    version: packageSchema.shape.version,
    instead: foreignStandInFields.version.describe('the version that it has, where it is another'),
  })
  .refine(({ sameness, instead }) => isSaid(sameness, instead), 'a version where it is another');

export const indexSchema = z.strictObject({
  version: z.literal(bundleVersion),
  epoch: z.int().nonnegative().describe('seconds since 1970: the date of every member'),
  members: z.array(memberSchema).describe('in the order of the archive'),
  artifacts: z.array(artifactSchema).describe('packages whose artifact is here, under artifacts/'),
  standIns: z
    .array(standInSchema)
    .optional()
    .describe('packages of which there is, under artifacts/, what was built or had by its version'),
  excluded: z.array(packageSchema).describe('packages whose artifact was left out: an archive must have it'),
});

export type BundleIndex = z.infer<typeof indexSchema>;
export type BundleMember = z.infer<typeof memberSchema>;
export type BundledPackage = z.infer<typeof packageSchema>;
export type BundledArtifact = z.infer<typeof artifactSchema>;
export type BundledStandIn = z.infer<typeof standInSchema>;

export function artifactMember(sha256: string): string {
  return `artifacts/${sha256}`;
}

/** A planned package as an index names it. */
export function referenceTo({ distribution, name, version, architecture, at }: PlannedPackage): BundledPackage {
  return { distribution, name, version, ...(architecture && { architecture }), ...(at && { at: showPath(at) }) };
}
