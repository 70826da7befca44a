import { z } from 'zod';
import { accountsSchema, certaintySchema, needsSchema } from '../../model/lock-half.js';
import { modeSchema, sha256Schema } from '../../model/schemas.js';
import { databaseFolders } from './database.js';

/** apk-package(5) */
const packageName = z.string().regex(/^[A-Za-z0-9._][A-Za-z0-9._+-]*$/, 'the name of an apk package');
const packageVersion = z.string().regex(/^[0-9][A-Za-z0-9._~+-]*$/, 'an apk version');
/** What it calls an architecture. */
export const architectureSchema = z.string().regex(/^[a-z0-9_]+$/, 'an apk architecture');

/** apk-world(5): a name, with a bound or not; `==` is what some mean by `=`. */
export const packageRequest = z
  .string()
  .regex(
    /^[A-Za-z0-9._][A-Za-z0-9._+-]*(?:(?:>=|<=|={1,2}|[<>~])[0-9][A-Za-z0-9._~+-]*)?$/,
    'an apk package as name, name=version, name>=version or name~version',
  );

export const apkManifestSchema = z
  .strictObject({
    name: z.literal('apk'),
    packages: z
      .array(packageRequest)
      .describe('the packages that the runs used, as name=version; what is written by hand may be looser'),
    repositories: z
      .array(z.string().regex(/^https?:\/\/\S+$/, 'an http or https address'))
      .optional()
      .describe('where packages are had that are asked for by hand; the address without the architecture'),
  })
  .describe('packages of Alpine Linux and its relatives (apk)');

export type ApkManifest = z.infer<typeof apkManifestSchema>;

const packageSchema = z.strictObject({
  name: packageName,
  version: packageVersion,
  architecture: architectureSchema,
  origin: z.string().optional().describe('the package that it was built with'),
  commit: z.string().optional().describe('of the repository of build instructions'),
  built: z.int().nonnegative().optional().describe('seconds since 1970'),
  checksum: z.string().describe("apk's own identity of the package: Q1 and the SHA-1 of its control part in base64"),
  used: z.boolean().describe('touched by a run; otherwise only needed by one that was'),
  needs: needsSchema,
  automatic: z.boolean().optional().describe('not asked for by name'),
  certainty: certaintySchema,
  url: z.string().optional().describe('where its .apk was had from, of one that no system had installed'),
  sha256: sha256Schema.optional().describe('hash of that .apk'),
  repacked: sha256Schema.optional().describe('its installed files as a tar among the contents'),
  size: z.int().nonnegative().optional(),
  problems: z.array(z.string()).optional(),
});

const databaseFileSchema = z.strictObject({ path: z.string(), content: sha256Schema, mode: modeSchema });
const linkSchema = z.strictObject({ path: z.string(), target: z.string() });

export const apkLockSchema = z.strictObject({
  name: z.literal('apk'),
  architecture: architectureSchema,
  folder: z.enum(databaseFolders).describe('where the system keeps the database'),
  repositories: z.array(z.string()).describe('lines of /etc/apk/repositories, without credentials'),
  keys: z
    .array(z.strictObject({ path: z.string(), content: sha256Schema }))
    .optional()
    .describe('public keys that indexes of repositories are signed with, among the contents'),
  packages: z.array(packageSchema).describe('the closure: used packages and all they depend on'),
  database: z.array(databaseFileSchema).describe("the files of apk's database, with what is of the closure"),
  links: z.array(linkSchema).describe('the links of BusyBox for its programs'),
  accounts: accountsSchema.describe('accounts of the system, owners of carried files, and who ran the command'),
});

export type ApkLock = z.infer<typeof apkLockSchema>;
export type ApkLockedPackage = z.infer<typeof packageSchema>;
