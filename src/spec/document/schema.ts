import { z } from 'zod';
import { lockHalfSchema } from '../../model/lock-half.js';
import { dateSchema, pathTextSchema, sha256Schema } from '../../model/schemas.js';
import { compareSchema } from './comparators.js';
import { fileSchema, idSchema, inputSchema } from './files.js';
import { stepSchema } from './steps.js';

/** The newest version of the spec that this code reads and writes. */
export const specVersion = 1;

export const baseSchema = z
  .strictObject({
    distribution: z.string().describe('the distribution that can stand alone, e.g. debian'),
    release: z
      .string()
      .regex(/^[A-Za-z0-9][\w .+:/~-]*$/, 'a release such as 12 or fedora 40')
      .describe('e.g. 12'),
    codename: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, 'a codename such as bookworm')
      .optional(),
    architecture: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, 'an architecture such as amd64'),
    layout: z.enum(['merged-usr', 'split-usr']).default('merged-usr').describe('whether /bin is a link to /usr/bin'),
    tree: z
      .strictObject({ sha256: sha256Schema, files: z.int(), size: z.int() })
      .optional()
      .describe('all files that there are, as one archive in environment.d: nothing is installed'),
  })
  .describe('the system that everything else stands on');

const platformSchema = z
  .strictObject({
    os: z.string(),
    kernel: z.string(),
    machine: z.string(),
    cpu: z.string().optional(),
    cpuLevel: z.string().optional().describe('what its instructions allow, as glibc-hwcaps folders name it'),
    libc: z.string().optional(),
    locale: z.string().optional(),
    timezone: z.string().optional(),
    container: z
      .strictObject({ engine: z.string(), image: z.string().optional(), id: z.string().optional() })
      .optional()
      .describe('the container that the command ran in, as far as its engine says so inside of it'),
  })
  .describe('what was below the environment when the trace ran; recorded, not rebuilt');

const hostNeedSchema = z.strictObject({
  kind: z.enum(['cpu', 'gpu-driver', 'mpi', 'interconnect', 'name-service', 'software-repository', 'device']),
  name: z.string().describe('a CPU level, a driver, the soname of a library, a module, a repository, or a device'),
  version: z.string().optional().describe('where the trace ran; of a repository its revision'),
  match: z
    .enum(['at-least', 'soname', 'present', 'package'])
    .describe(
      'at-least: this or a newer or higher one; soname: a library of that name, of any version; present: any; package: nothing, for it comes with its package',
    ),
  at: pathTextSchema.describe('the file or folder that tells it'),
  package: z.string().optional().describe('the package that has it'),
});

/** One file that a run leaves, or a folder of them. */
export const outputSchema = z.strictObject({
  path: pathTextSchema,
  files: z.int().positive().optional().describe('of a folder that the run made: so many files, in environment.d'),
  sha256: sha256Schema.optional().describe('of a redirected stream that was appended to: of what the command wrote'),
  size: z.int().nonnegative().optional(),
  compare: compareSchema.optional().describe('default: bytes'),
  varies: z.literal(true).optional().describe('differed between repeated runs on the origin'),
});

const streamSchema = z.union([
  z.enum(['terminal', 'pipe', 'null', 'socket', 'other', 'closed']),
  z.strictObject({ file: pathTextSchema, append: z.literal(true).optional() }),
]);

const printedSchema = z.strictObject({
  sha256: sha256Schema,
  size: z.int().nonnegative(),
  compare: z.enum(['bytes', 'ignore']).optional().describe('default: bytes; its content is not kept'),
  varies: z.literal(true).optional().describe('differed between repeated runs on the origin'),
});

const runSchema = z
  .strictObject({
    id: idSchema,
    after: idSchema.optional().describe('the run that ended where this one began: a re-run goes on there'),
    command: z.array(z.string()).min(1),
    masked: z.literal(true).optional().describe('a secret was masked in the command: it cannot run again as it is'),
    cwd: pathTextSchema,
    environment: z.record(z.string(), z.string()).default({}),
    umask: z
      .string()
      .regex(/^[0-7]{3,4}$/)
      .default('0022'),
    limits: z.record(z.string(), z.union([z.number(), z.literal('unlimited')])).optional(),
    user: z.strictObject({ uid: z.int(), gid: z.int(), groups: z.array(z.int()).optional() }).optional(),
    stdin: streamSchema.optional(),
    stdout: streamSchema.optional(),
    stderr: streamSchema.optional(),
    printed: z
      .strictObject({
        stdout: printedSchema.optional(),
        stderr: printedSchema.optional(),
        together: z.literal(true).optional().describe('both went into one pipe, and stand under stdout'),
      })
      .optional()
      .describe('what went through the pipes that the command wrote to'),
    attached: z
      .literal(true)
      .optional()
      .describe('the trace began when it ran already: what it did before is not recorded'),
    exit: z
      .union([z.int(), z.literal('unknown')])
      .describe('exit code, or 128 + signal; unknown: the trace left the command while it ran')
      .default(0),
    containers: z
      .array(
        z.strictObject({
          engine: z.string(),
          image: z.string().describe('as the command named it'),
          id: z.string().optional().describe("the digest of the image's configuration"),
          digests: z.array(z.string()).optional().describe('names by which a registry gives the very same image'),
          sha256: sha256Schema.optional().describe('of an image that is a file'),
          definition: z.string().optional().describe('what an image that is a file was built by, as it says itself'),
        }),
      )
      .optional()
      .describe('containers that the run had an engine start: what happened inside is not in the spec'),
    network: z.boolean().optional().describe('the run needs the network: a re-run may use it'),
    inputs: z.array(inputSchema).default([]),
    outputs: z.array(outputSchema).default([]),
  })
  .describe('one traced command');

const absentSchema = z.strictObject({
  path: pathTextSchema,
  why: z.string().optional(),
});

/** What a spec stands on that names no base. */
const usualBase: z.infer<typeof baseSchema> = {
  distribution: 'debian',
  release: '12',
  codename: 'bookworm',
  architecture: 'amd64',
  layout: 'merged-usr',
};

/** The envelope of `environment.yml`; the distributions' own halves are checked by their modules. */
export const manifestSchema = z
  .strictObject({
    version: z.literal(specVersion),
    base: baseSchema.default(usualBase),
    packages: z
      .array(z.string())
      .optional()
      .describe('what is asked for by name, in a spec that is written by hand: jq, hello>=2.10, python:numpy>=1.26'),
    distributions: z.array(z.looseObject({ name: z.string() })).default([]),
    files: z.array(fileSchema).default([]),
    absent: z.array(absentSchema).optional().describe('what packages bring and the environment does not have'),
    steps: z.array(stepSchema).optional(),
    runs: z.array(runSchema).default([]),
    host: z
      .array(hostNeedSchema)
      .optional()
      .describe('what the runs took from the machine below, and how another matches'),
    platform: platformSchema.optional(),
    epoch: dateSchema.optional().describe('the newest date of the packages, never the clock'),
  })
  .describe('a computing environment: the packages, files and runs');

/** Packages that were asked for by name are in its distributions. */
export type Manifest = Omit<z.infer<typeof manifestSchema>, 'packages'>;
export type ManifestRun = z.infer<typeof runSchema>;
export type HostNeed = z.infer<typeof hostNeedSchema>;
export type ManifestAbsent = z.infer<typeof absentSchema>;
export type ManifestOutput = z.infer<typeof outputSchema>;
export type { ManifestFile, ManifestInput } from './files.js';
export type { ManifestStep } from './steps.js';

const partSchema = z.strictObject({ file: z.string(), sha256: sha256Schema, entries: z.int() });

/** `environment.d/lock.json`. */
export const lockSchema = z.strictObject({
  version: z.literal(specVersion),
  manifest: sha256Schema.describe('of the canonical JSON of the manifest that this lock belongs to'),
  epoch: z.int().describe('seconds since 1970'),
  distributions: z.array(lockHalfSchema),
  halves: z
    .record(
      z.string(),
      z.strictObject({
        manifest: sha256Schema.describe('of the half in the manifest, with the base, that it belongs to'),
        epoch: z.int().describe('the newest date of its packages'),
      }),
    )
    .default({})
    .describe('of each distribution by name: one whose half was not edited is used as it is'),
  /** One `FileEntry` a line, gzip: the closure's files, loose files and accessed paths as they were on the origin. */
  snapshot: partSchema.optional(),
  /** Of a spec of paths that no run used: one `AccessRecord` a line, gzip. */
  paths: partSchema.optional(),
  /** One trace per run or step, by its id: one `AccessRecord` a line, gzip. */
  traces: z.record(idSchema, partSchema),
  /** Size of each content, so that a truncated environment.d is seen at once. */
  contents: z.record(sha256Schema, z.int().nonnegative()),
});

export type Lock = z.infer<typeof lockSchema>;
