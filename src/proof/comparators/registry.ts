import type { ComparatorName } from '../../spec/document/comparators.js';
import type { ContentComparator } from '../comparison/comparator.js';

/** Every comparator, loaded when first asked for; a suggestion is looked for in this order, from the special on. */
export const comparators = {
  bytes: async () => (await import('./bytes.js')).bytes,
  ignore: async () => (await import('./ignore.js')).ignore,
  gzip: async () => (await import('./gzip.js')).gzip,
  zip: async () => (await import('./zip.js')).zip,
  tar: async () => (await import('./tar.js')).tar,
  image: async () => (await import('./image.js')).image,
  pdf: async () => (await import('./pdf.js')).pdf,
  netcdf: async () => (await import('./netcdf.js')).netcdf,
  hdf5: async () => (await import('./hdf5.js')).hdf5,
  nifti: async () => (await import('./nifti.js')).nifti,
  npy: async () => (await import('./npy.js')).npy,
  csv: async () => (await import('./csv.js')).csv,
  tsv: async () => (await import('./tsv.js')).tsv,
  json: async () => (await import('./json.js')).json,
  jsonl: async () => (await import('./jsonl.js')).jsonl,
  text: async () => (await import('./text.js')).text,
  numbers: async () => (await import('./numbers.js')).numbers,
} as const satisfies { readonly [Name in ComparatorName]: () => Promise<ContentComparator<Name>> };
