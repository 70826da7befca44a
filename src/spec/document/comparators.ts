import { z } from 'zod';

const tolerance = {
  absolute: z.number().nonnegative().optional().describe('how far numbers may be apart'),
  relative: z.number().nonnegative().optional().describe('the same, as a part of the expected number'),
};

const names = z.array(z.string().min(1)).min(1).optional();

const table = z.strictObject({
  ...tolerance,
  ignore: names.describe('columns that do not count, by name, or by number from 1'),
  header: z.literal(false).optional().describe('the first row has no names'),
  unordered: z.literal(true).optional().describe('the order of the rows does not count'),
});

const json = z.strictObject({
  ...tolerance,
  ignore: names.describe('keys that do not count, anywhere, or one place as a JSON pointer, in which * is any step'),
});

const data = z.strictObject({
  ...tolerance,
  ignore: names.describe('variables, data sets and attributes that do not count; * is any text'),
});

interface Contained {
  readonly content?: Comparator | undefined;
}

interface Members {
  readonly members?: Readonly<Record<string, Comparator>> | undefined;
}

/** What each comparator can be told. `src/proof/comparators` has one file for each of them. */
export const comparatorParameters = {
  bytes: z.strictObject({}),
  ignore: z.strictObject({}),
  gzip: contained(),
  zip: members(),
  tar: members(),
  image: z.strictObject({
    channel: z.number().nonnegative().max(255).optional().describe('how far colours may be apart, of 255'),
    pixels: z.int().nonnegative().optional().describe('how many pixels may be further apart'),
  }),
  pdf: z.strictObject(tolerance),
  netcdf: data,
  hdf5: data,
  nifti: z.strictObject(tolerance),
  npy: z.strictObject(tolerance),
  csv: table,
  tsv: table,
  json,
  jsonl: json,
  text: z.strictObject({ ignore: names.describe('lines that have one of these in them do not count') }),
  numbers: z.strictObject(tolerance),
};

export type ComparatorName = keyof typeof comparatorParameters;

export type ComparatorParameters = {
  readonly [Name in ComparatorName]: z.infer<(typeof comparatorParameters)[Name]>;
};

/** As the manifest names it: alone, or with what it is told. */
export type Comparator =
  | ComparatorName
  | { [Name in ComparatorName]: { readonly [Key in Name]: ComparatorParameters[Name] } }[ComparatorName];

const told = z
  .strictObject(comparatorParameters)
  .partial()
  .refine((named) => Object.keys(named).length === 1, {
    error: 'one comparator with what it is told',
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ minProperties: 1, maxProperties: 1 });

/** How an output of a re-run is compared with the original. */
export const compareSchema: z.ZodType<Comparator> = z
  .union([z.enum(Object.keys(comparatorParameters) as [ComparatorName, ...ComparatorName[]]), told])
  .meta({ id: 'comparator' })
  .describe(
    'bytes, or by what the content says, maybe within a tolerance; ignore: not at all',
  ) as unknown as z.ZodType<Comparator>;

function contained(): z.ZodType<Contained> {
  const content = z.lazy(() => compareSchema).optional();
  return z.strictObject({ content: content.describe('how the content is compared; default: bytes') });
}

function members(): z.ZodType<Members> {
  const byName = z.record(
    z.string(),
    z.lazy(() => compareSchema),
  );
  return z.strictObject({
    members: byName.optional().describe('by name, in which * is any text; the first that fits. Default: bytes'),
  });
}

/** Takes apart how the manifest names a comparator. */
export function comparatorOf(comparator: Comparator): { readonly name: ComparatorName; readonly parameters: object } {
  if (typeof comparator === 'string') return { name: comparator, parameters: {} };
  const [[name, parameters] = ['bytes', {}]] = Object.entries(comparator);
  return { name: name as ComparatorName, parameters };
}
