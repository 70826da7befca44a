import { z } from 'zod';
import { needsSchema, packageReferenceSchema } from '../../model/lock-half.js';
import { modeSchema, pathTextSchema, sha256Schema } from '../../model/schemas.js';
import { directOriginSchema } from './direct-url.js';

export const packageRequest = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9., _-]+\])?(?:\s*(?:===|~=|==|!=|<=|>=|<|>)\P{Cc}+)?$/u,
    'a package as name, name==version or name>=1,<2',
  );

const environmentFacts = {
  path: pathTextSchema.describe('a virtual environment, or a folder of packages'),
  interpreter: pathTextSchema.optional().describe('the Python that it is of'),
  python: z.string().optional().describe('its version'),
  systemSitePackages: z.boolean().optional().describe('of a virtual environment: whether it sees packages outside'),
};

export const pythonManifestSchema = z
  .strictObject({
    name: z.literal('python'),
    environments: z.array(
      z.strictObject({
        ...environmentFacts,
        packages: z
          .array(packageRequest)
          .describe('the packages that the runs used, as name==version; what is written by hand may be looser'),
      }),
    ),
  })
  .describe('Python packages (pip, uv) in virtual environments and other folders');

export type PythonManifest = z.infer<typeof pythonManifestSchema>;

const entrySchema = z
  .strictObject({
    path: pathTextSchema,
    type: z.enum(['file', 'directory', 'symlink']),
    mode: modeSchema,
    uid: z.int().nonnegative(),
    gid: z.int().nonnegative(),
    mtime: z.int(),
    target: z.string().optional(),
    sha256: sha256Schema.optional(),
  })
  .describe('a folder, a link, or a file whose content is among the contents');

const environmentSchema = z.strictObject({
  ...environmentFacts,
  site: pathTextSchema.optional().describe('the folder of its packages'),
  entries: z.array(entrySchema).describe('what is there whatever is installed, and the folders above, parents first'),
  pathFiles: z
    .array(z.strictObject({ name: z.string(), adds: z.array(z.string()) }))
    .optional()
    .describe('.pth files in the order in which Python reads them, with the folders that they add'),
});

const packageSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  at: pathTextSchema.describe('the folder that it is installed in'),
  used: z.boolean(),
  requested: z.boolean().describe('asked for by name when it was installed'),
  installer: z.string().optional(),
  origin: directOriginSchema.optional().describe('where it came from, where that was not an index'),
  needs: needsSchema,
  certainty: z.enum(['indexed', 'repacked', 'version-only']),
  wheel: z
    .strictObject({ name: z.string(), url: z.url(), sha256: sha256Schema, size: z.int().nonnegative().optional() })
    .optional()
    .describe('of an index: what is installed where there is no copy of the installed files'),
  sdist: z
    .strictObject({ name: z.string(), url: z.url(), sha256: sha256Schema, size: z.int().nonnegative().optional() })
    .optional()
    .describe('its source, where no wheel of it is known: what is installed is built from that'),
  repacked: sha256Schema.optional().describe('the installed files as a tar among the contents'),
  size: z.int().nonnegative().optional(),
  changed: z.array(z.string()).optional().describe('files that are not as the package brought them'),
  problems: z.array(z.string()).optional(),
});

export const pythonLockSchema = z.strictObject({
  name: z.literal('python'),
  environments: z.array(environmentSchema),
  packages: z.array(packageSchema).describe('the closure: used packages and all that they require'),
  indexes: z.array(z.string()).optional().describe('package indexes that pip or uv is set to, without credentials'),
  requires: z
    .array(packageReferenceSchema)
    .describe('packages of others that must be there: interpreters, and packages that those see'),
});

export type PythonLock = z.infer<typeof pythonLockSchema>;
export type PythonPackage = z.infer<typeof packageSchema>;
export type PythonEnvironment = z.infer<typeof environmentSchema>;
export type LockedEntry = z.infer<typeof entrySchema>;
