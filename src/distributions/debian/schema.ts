import { z } from 'zod';
import { accountsSchema, certaintySchema, needsSchema } from '../../model/lock-half.js';
import { sha256Schema } from '../../model/schemas.js';

/** Debian policy §5.6.1: lower-case letters, digits, `+ - .`, at least two characters. */
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'a Debian package name');
/** Debian policy §5.6.12: `[epoch:]upstream[-revision]`. */
const packageVersion = z.string().regex(/^(?:\d+:)?[A-Za-z0-9][A-Za-z0-9.+:~-]*$/, 'a Debian version');
/** What it calls an architecture. */
export const architectureSchema = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'a Debian architecture');

/** `name`, `name=version`, `name>=version` and so on; `name:architecture` in the place of the name. */
export const packageRequest = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?(?:(?:>=|<=|>>|<<|>|<|={1,2})(?:\d+:)?[A-Za-z0-9][A-Za-z0-9.+:~-]*)?$/,
    'a Debian package as name, name=version, name>=version or name:architecture=version',
  );

export const debianManifestSchema = z
  .strictObject({
    name: z.literal('debian'),
    packages: z
      .array(packageRequest)
      .describe('the packages that the runs used, as name=version; what is written by hand may be looser'),
  })
  .describe('packages of a Debian system (apt/dpkg)');

export type DebianManifest = z.infer<typeof debianManifestSchema>;

/** One apt archive's suite as the traced machine knew it. */
const archiveSchema = z.strictObject({
  id: z.string().describe('referred to by packages, e.g. bookworm-security/main'),
  uri: z.string().describe('base address without credentials'),
  suite: z.string().describe('as in sources.list, e.g. bookworm-security, or a path ending in / of a flat archive'),
  component: z.string().optional(),
  origin: z.string().optional(),
  label: z.string().optional(),
  codename: z.string().optional(),
  date: z.string().optional().describe('Date of the Release file, ISO 8601'),
  signedBy: z.string().optional().describe('path of the keyring on the traced machine'),
  trusted: z.literal(true).optional().describe('the traced machine took its word without a signature'),
});

const locationSchema = z.strictObject({
  archive: z.string().describe('id of the archive'),
  filename: z.string().describe('path below the archive uri'),
});

/** dpkg(1), "Package states": of what is on the disk and not as it should be. */
export const unfinishedSchema = z.enum([
  ...(['half-installed', 'unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending'] as const),
]);

const packageSchema = z.strictObject({
  name: packageName,
  version: packageVersion,
  architecture: architectureSchema,
  source: z.string().optional().describe('source package, when its name differs'),
  sourceVersion: z.string().optional().describe('version of the source package, when it differs'),
  used: z.boolean().describe('touched by a run; otherwise only needed by one that was'),
  essential: z.boolean().optional(),
  automatic: z.boolean().optional().describe('apt installed it only because another package needs it'),
  needs: needsSchema,
  /** The fields that apt needs to install the package, as in its control file. */
  control: z.record(z.string(), z.string()),
  sha256: sha256Schema.optional().describe('hash of the .deb in the archive, or of the repacked one'),
  size: z.int().nonnegative().optional(),
  certainty: certaintySchema,
  locations: z.array(locationSchema),
  repacked: sha256Schema.optional().describe('the repacked .deb among the contents'),
  /** What could not be repacked or differs from the recorded checksums, as whole sentences. */
  problems: z.array(z.string()).optional(),
  hold: z.boolean().optional(),
  state: unfinishedSchema
    .optional()
    .describe('of one that was not fully installed; create leaves it so, but what awaits triggers is done'),
});

const diversionSchema = z.strictObject({
  path: z.string(),
  divertedTo: z.string(),
  by: z.string().optional().describe('the diverting package; absent for a local diversion'),
});

const alternativeSchema = z.strictObject({
  name: z.string(),
  link: z.string(),
  value: z.string(),
  mode: z.enum(['auto', 'manual']),
});

const statOverrideSchema = z.strictObject({
  path: z.string(),
  user: z.string(),
  group: z.string(),
  mode: z.string().regex(/^[0-7]{3,5}$/),
});

const folderSchema = z.strictObject({
  path: z.string(),
  mode: z.string().regex(/^[0-7]{3,4}$/),
  uid: z.int().nonnegative(),
  gid: z.int().nonnegative(),
});

export const debianLockSchema = z.strictObject({
  name: z.literal('debian'),
  architecture: architectureSchema,
  foreignArchitectures: z.array(architectureSchema),
  archives: z.array(archiveSchema),
  packages: z.array(packageSchema).describe('the closure: used packages, all they depend on, and the essential set'),
  diversions: z.array(diversionSchema).describe('local diversions'),
  alternatives: z.array(alternativeSchema).describe('alternatives that the runs went through'),
  statOverrides: z.array(statOverrideSchema),
  missing: z
    .int()
    .nonnegative()
    .optional()
    .describe('how many files of the closure were not there: removed by people, or excluded by dpkg'),
  folders: z
    .array(folderSchema)
    .optional()
    .describe('folders of the closure whose mode or owner a package outside it may have set'),
  accounts: accountsSchema.describe(
    'accounts that the closure makes, owners of carried files, and who ran the command',
  ),
  sources: z.array(z.string()).describe('sources.list lines of the traced origins'),
  keys: z
    .array(z.strictObject({ path: z.string(), content: sha256Schema }))
    .optional()
    .describe('public keys of archives that no package of the closure has'),
});

export type DebianLock = z.infer<typeof debianLockSchema>;
export type DebianPackage = z.infer<typeof packageSchema>;
export type DebianArchive = z.infer<typeof archiveSchema>;
