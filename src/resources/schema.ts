import { z } from 'zod';
import { type FilePath, showPath } from '../model/file-path.js';
import type { Resource, Substitute } from '../model/resource.js';
import { documentPath, sha256Schema } from '../model/schemas.js';

/** What a resource may be called: safe as a file name, an image name and a host name's part. */
export const resourceNamePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

const processSchema = z.strictObject({ pid: z.int().positive(), started: z.string() });

const effectSchema = z.strictObject({
  kind: z.string(),
  id: z.string(),
  at: z.string().optional(),
  token: z.string().optional(),
  outer: z.literal(true).optional(),
});

const substituteSchema = z.strictObject({
  ...{ distribution: z.string(), name: z.string(), version: z.string(), architecture: z.string().optional() },
  at: z.string().transform(documentPath).optional(),
  sameness: z.enum(['same-source', 'same-name', 'other-version']),
  ...{ instead: z.string().optional(), built: z.literal(true).optional(), evidence: z.string().optional() },
});

const storedSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(resourceNamePattern),
  backend: z.string(),
  state: z.enum(['creating', 'ready', 'renaming', 'removing']),
  created: z.iso.datetime(),
  process: processSchema.optional(),
  meanwhile: z.strictObject({ process: processSchema, for: z.string().optional() }).optional(),
  form: z.literal('image').optional(),
  image: z.string().regex(resourceNamePattern).optional(),
  formerly: z.string().regex(resourceNamePattern).optional(),
  effects: z.array(effectSchema),
  details: z.record(z.string(), z.unknown()),
  outer: z.record(z.string(), z.unknown()).optional(),
  spec: z.string(),
  specDigest: sha256Schema.optional(),
  planDigest: sha256Schema,
  substitutes: z.array(substituteSchema).optional(),
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
  const { run, substitutes } = resource;
  const stored = {
    ...{ version: 1, ...resource, run: { ...run, cwd: showPath(run.cwd) } },
    ...(substitutes && { substitutes: substitutes.map(withShownPlace) }),
  };
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

function withShownPlace({ at, ...substitute }: Substitute) {
  return { ...substitute, ...(at !== undefined && { at: showPath(at) }) };
}

type Parsed = Omit<z.infer<typeof storedSchema>, 'version'>;

/** zod gives `undefined` members for absent keys; our own shapes leave them out. */
function withoutUndefined(parsed: Parsed): Resource {
  const {
    process,
    meanwhile,
    form,
    image,
    formerly,
    specDigest,
    treeDigest,
    environmentDigest,
    effects,
    outer,
    substitutes,
    run,
    ...rest
  } = parsed;
  const { command, ...conditions } = run;
  return {
    ...rest,
    ...(process && { process }),
    ...(meanwhile && {
      meanwhile: { process: meanwhile.process, ...(meanwhile.for !== undefined && { for: meanwhile.for }) },
    }),
    ...(form && { form }),
    ...(image !== undefined && { image }),
    ...(formerly !== undefined && { formerly }),
    ...(specDigest && { specDigest }),
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
    ...(outer && { outer }),
    ...(substitutes && {
      substitutes: substitutes.map(({ architecture, at, instead, built, evidence, ...each }) => ({
        ...each,
        ...(architecture !== undefined && { architecture }),
        ...(at !== undefined && { at }),
        ...(instead !== undefined && { instead }),
        ...(built && { built }),
        ...(evidence !== undefined && { evidence }),
      })),
    }),
    effects: effects.map(({ at, token, outer, ...effect }) => ({
      ...effect,
      ...(at && { at }),
      ...(token && { token }),
      ...(outer && { outer }),
    })),
    run: { ...conditions, ...(command && { command }) },
  };
}
