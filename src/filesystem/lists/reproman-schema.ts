import { z } from 'zod';

// Of a document in which all scalars are text: what is empty is absent.
const text = z
  .string()
  .transform((written) => (written === '' || written === 'null' || written === '~' ? undefined : written))
  .optional();
const list = <T extends z.ZodType>(item: T) =>
  z
    .union([z.literal(''), z.array(item)])
    .transform((found) => (found === '' ? [] : found))
    .optional();
const texts = list(z.string());

/** A package, or what people write for one: `name>=1.2`. */
const packageSchema = z.union([
  z.string().min(1),
  z.looseObject({
    ...{ name: text, version: text, architecture: text, release: text, build: text, installer: text },
    ...{ path: text, location: text, local: text, files: texts, sha256: text, md5: text, url: text, size: text },
    versions: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
    ...{ channel_name: text, vendor: text },
    ...{ root_hexsha: text, hexsha: text, branch: text, tracked_remote: text },
    remotes: z
      .union([z.literal(''), z.record(z.string(), z.union([z.string(), z.looseObject({ url: text })]))])
      .optional(),
    ...{ revision: text, root_url: text, uuid: text },
    ...{ id: text, repo_digests: texts, repo_tags: texts },
  }),
]);

export type WrittenPackage = z.infer<typeof packageSchema>;

const sourceSchema = z.looseObject({
  ...{ name: text, id: text, origin: text, archive: text, codename: text, component: text, site: text },
});

const environmentSchema = z.looseObject({ name: text, path: text, packages: list(packageSchema) });

const fields = {
  ...{ path: text, version: text, packages: list(packageSchema), environments: list(environmentSchema) },
  ...{ images: list(packageSchema), apt_sources: list(sourceSchema), sources: list(sourceSchema) },
};

export const distributionSchema = z.looseObject({ name: z.string().min(1), ...fields });

export type WrittenDistribution = z.infer<typeof distributionSchema>;

/** https://github.com/ReproNim/reproman: formats/reproman.py, distributions/*.py */
export const repromanSchema = z.looseObject({
  version: text,
  distributions: z
    .union([
      z.literal(''),
      z.array(distributionSchema),
      z.record(z.string(), z.union([z.literal(''), z.looseObject(fields)])),
    ])
    .optional(),
  files: texts,
});
