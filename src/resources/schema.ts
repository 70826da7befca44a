import { z } from 'zod';
import { type FilePath, showPath } from '../model/file-path.js';
import type { Resource } from '../model/resource.js';
import { documentPath, sha256Schema } from '../model/schemas.js';

/** What a resource may be called: safe as a file name, an image name and a host name's part. */
export const resourceNamePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

const processSchema = z.strictObject({ pid: z.int().positive(), started: z.string() });

const effectSchema = z.strictObject({
  kind: z.string(),
  id: z.string(),
  at: z.string().optional(),
  token: z.string().optional(),
});

const storedSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(resourceNamePattern),
  backend: z.string(),
  state: z.enum(['creating', 'ready', 'removing']),
  created: z.iso.datetime(),
  process: processSchema.optional(),
  effects: z.array(effectSchema),
  details: z.record(z.string(), z.unknown()),
  spec: z.string(),
  specDigest: sha256Schema.optional(),
  planDigest: sha256Schema,
  treeDigest: sha256Schema.optional(),
  environmentDigest: sha256Schema.optional(),
  run: z.strictObject({
    command: z.array(z.string()).optional(),
    cwd: z.string().transform((text): FilePath => documentPath(text)),
    environment: z.record(z.string(), z.string()),
    user: z.strictObject({ uid: z.int(), gid: z.int(), groups: z.array(z.int()) }),
  }),
});

/** Reads one file of the inventory; throws a ZodError that says what is wrong with it. */
export function parseResource(text: string): Resource {
  const { version: _version, ...resource } = storedSchema.parse(JSON.parse(text));
  return withoutUndefined(resource);
}

/** A resource as the inventory keeps it. */
export function formatResource(resource: Resource): string {
  const stored = { version: 1, ...resource, run: { ...resource.run, cwd: showPath(resource.run.cwd) } };
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

type Parsed = Omit<z.infer<typeof storedSchema>, 'version'>;

/** zod gives `undefined` members for absent keys; our own shapes leave them out. */
function withoutUndefined(parsed: Parsed): Resource {
  const { process, specDigest, treeDigest, environmentDigest, effects, run, ...rest } = parsed;
  const { command, ...conditions } = run;
  return {
    ...rest,
    ...(process && { process }),
    ...(specDigest && { specDigest }),
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
    effects: effects.map(({ at, token, ...effect }) => ({ ...effect, ...(at && { at }), ...(token && { token }) })),
    run: { ...conditions, ...(command && { command }) },
  };
}
