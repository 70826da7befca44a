import { z } from 'zod';
import { rootPath, showPath } from '../../model/file-path.js';
import { pathTextSchema } from '../../model/schemas.js';
import { entryDocument, entrySchema } from './entry-document.js';
import type { PlaceVersion, PlaceVersions } from './look.js';
import type { TriePlace } from './trie.js';

const count = z.int().nonnegative();
const names = z.array(z.string());

const placeSchema = z.strictObject({
  path: pathTextSchema,
  name: z.string().describe('the last part of the path; of the root /'),
  tags: names.describe('the environments that have it'),
  count: count.describe('how often an entry was put here'),
});

const placeVersionsSchema = placeSchema.extend({
  versions: z
    .array(
      entrySchema.extend({
        tags: names.describe('the environments that have it so'),
        sameAs: pathTextSchema.optional().describe('the first of several names of the same file'),
        unreadable: z.string().optional().describe('why its content is not known'),
      }),
    )
    .describe('none of what is only on the way to what is below'),
});

const placesSchema = z.strictObject({ places: z.array(placeSchema) });
const countsSchema = z.strictObject({ counts: z.record(z.string(), count).describe('by path') });
const sizeSchema = { tags: names.describe('all environments of it'), entries: count };

const exportedPlaceSchema: z.ZodType = z
  .lazy(() =>
    z.strictObject({
      name: z.string(),
      key: pathTextSchema,
      tags: names,
      attrs: z
        .record(z.string(), z.union([z.string(), z.number()]))
        .describe(
          'what is the same of all entries here, with `count` of them and, where there are several, `versions`',
        ),
      size: z.number().nonnegative().describe('bytes, of a folder those of all below it'),
      children: z.array(exportedPlaceSchema),
    }),
  )
  .meta({ id: 'place' });

/** What the verbs of `reproman tree` print with `--json`, by their names. */
export const treeSchemas = {
  update: z.strictObject({ file: z.string(), added: names, ...sizeSchema }),
  insert: countsSchema,
  count: countsSchema,
  ls: z.union([
    z.strictObject({
      environments: z.array(
        z.strictObject({ name: z.string(), places: count, own: count.describe('places that no other has') }),
      ),
    }),
    placesSchema,
  ]),
  trace: placesSchema,
  find: placeVersionsSchema,
  search: z.strictObject({
    places: z.array(placeVersionsSchema),
    more: z.boolean().describe('whether there are more than the limit allowed'),
  }),
  score: z.strictObject({
    total: count.describe('places that any of them has'),
    same: count.describe('places that all of them have'),
    diff: count,
    score: z.number().min(0).max(1).describe('same / total; 0 of nothing'),
    tags: names,
  }),
  remove: z.strictObject({ removed: count, ...sizeSchema }),
  export: z.union([exportedPlaceSchema, z.strictObject({ output: z.string(), places: count })]),
} as const;

export type TreeResult<Verb extends keyof typeof treeSchemas> = z.infer<(typeof treeSchemas)[Verb]>;

type PlaceDocument = z.infer<typeof placeSchema>;

/** A place as data. */
export function placeDocument({ path, name, tags, count }: TriePlace): PlaceDocument {
  return {
    path: showPath(path),
    name: path === rootPath ? name : showPath(name as typeof path),
    tags: [...tags],
    count,
  };
}

/** A place with all that environments have there, as data. */
export function placeVersionsDocument(place: PlaceVersions): TreeResult<'find'> {
  return { ...placeDocument(place), versions: place.versions.map(versionDocument) };
}

function versionDocument({ tags, sameAs, unreadable, ...entry }: PlaceVersion): TreeResult<'find'>['versions'][number] {
  return {
    tags: [...tags],
    ...entryDocument(entry),
    ...(sameAs !== undefined && { sameAs: showPath(sameAs) }),
    ...(unreadable !== undefined && { unreadable }),
  };
}
