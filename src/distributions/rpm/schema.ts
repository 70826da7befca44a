import { z } from 'zod';
import { accountsSchema, certaintySchema, needsSchema } from '../../model/lock-half.js';
import { modeSchema, sha256Schema } from '../../model/schemas.js';
import { databaseFolders } from './places.js';

const packageName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._+~^-]*$/, 'the name of an rpm package');
const packageVersion = z
  .string()
  .regex(/^(?:\d+:)?[A-Za-z0-9._+~^]+-[A-Za-z0-9._+~^]+$/, 'an rpm version as [epoch:]version-release');
/** What it calls an architecture. */
export const architectureSchema = z.string().regex(/^[a-z0-9_]+$/, 'an rpm architecture');

/** `name-[epoch:]version-release.architecture`, as dnf and `rpm -q` take it, or a name with a bound. */
export const packageRequest = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._+~^:-]*(?:(?:>=|<=|>|<|={1,2})(?:\d+:)?[A-Za-z0-9._+~^-]+)?$/,
    'an rpm package as name, name>=version or name-[epoch:]version-release.architecture',
  );

export const rpmManifestSchema = z
  .strictObject({
    name: z.literal('rpm'),
    packages: z.array(packageRequest).describe('the packages that the runs used'),
    repositories: z
      .array(z.string().regex(/^https?:\/\/\S+$/, 'an http or https address'))
      .optional()
      .describe('where packages are had that are asked for by hand; $releasever and $basearch may be in an address'),
  })
  .describe('packages of an rpm system (dnf, yum, zypper)');

export type RpmManifest = z.infer<typeof rpmManifestSchema>;

const repositorySchema = z.strictObject({
  id: z.string().describe('as in the .repo file, referred to by packages'),
  name: z.string().optional(),
  urls: z.array(z.string()).describe('base addresses without credentials, variables replaced'),
  metalink: z.string().optional(),
  mirrorList: z.string().optional(),
  gpgCheck: z
    .boolean()
    .optional()
    .describe('whether its packages are to be signed (gpgcheck), as far as its machine says'),
  repoGpgCheck: z.boolean().optional().describe('whether its index is to be signed (repo_gpgcheck)'),
  keys: z
    .array(z.strictObject({ address: z.string(), content: sha256Schema.optional() }))
    .optional()
    .describe('the public keys that its definition names (gpgkey), and their content'),
});

const packageSchema = z.strictObject({
  name: packageName,
  version: packageVersion,
  architecture: architectureSchema,
  source: z.string().optional().describe('the file name of the source package'),
  vendor: z.string().optional(),
  module: z.string().optional().describe('name:stream:version:context of a modular package'),
  built: z.int().nonnegative().optional().describe('seconds since 1970'),
  used: z.boolean().describe('touched by a run; otherwise only needed by one that was'),
  needs: needsSchema,
  automatic: z.boolean().optional().describe('installed only because another package needs it'),
  header: sha256Schema.optional().describe("the SHA-256 of the package's header, by which a file of it is known"),
  repository: z.string().optional().describe('the id of the repository that it was installed from'),
  location: z.string().optional().describe('path below the address of the repository'),
  sha256: sha256Schema.optional().describe('hash of the .rpm in the repository, or of the repacked one'),
  size: z.int().nonnegative().optional(),
  certainty: certaintySchema,
  repacked: sha256Schema.optional().describe('the repacked .rpm among the contents'),
  exact: z.boolean().optional().describe('whether the repacked payload has the hash that the header has for it'),
  changed: z
    .array(
      z.strictObject({
        path: z.string(),
        content: sha256Schema,
        mode: modeSchema,
        uid: z.int().nonnegative(),
        gid: z.int().nonnegative(),
        mtime: z.int(),
      }),
    )
    .optional()
    .describe('files of a repacked package that were changed, by their content as it was'),
  missing: z.array(z.string()).optional().describe('files of a repacked package that were not there'),
  /** What could not be repacked or is not satisfied, as whole sentences. */
  problems: z.array(z.string()).optional(),
});

export const rpmLockSchema = z.strictObject({
  name: z.literal('rpm'),
  architecture: architectureSchema,
  database: z
    .strictObject({ folder: z.enum(databaseFolders), format: z.enum(['sqlite', 'ndb', 'bdb']) })
    .describe('where the system keeps the database, and in which of the formats'),
  repositories: z.array(repositorySchema),
  packages: z.array(packageSchema).describe('the closure: used packages and all they require'),
  documentation: z.boolean().describe('whether documentation was installed'),
  accounts: accountsSchema.describe(
    'accounts that the closure makes, owners of carried files, and who ran the command',
  ),
});

export type RpmLock = z.infer<typeof rpmLockSchema>;
export type RpmLockedPackage = z.infer<typeof packageSchema>;
export type RpmRepository = z.infer<typeof repositorySchema>;
