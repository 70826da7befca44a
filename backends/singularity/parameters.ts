import { z } from 'zod';
import { idMappingSchema } from '../../src/machines/rootfs/id-mapping.js';

/** What a user may say with `-b key=value`. */
export const singularityParameters = z
  .strictObject({
    form: z
      .enum(['sif', 'sandbox'])
      .default('sif')
      .describe('one file that programs run in and cannot change, or a folder that they can (default: sif)'),
    image: z
      .string()
      .regex(/\.sif$/, 'a file name that ends in .sif')
      .optional()
      .describe('where to put the SIF (default: in a folder of reproman beside its inventory)'),
    nv: z.stringbool().default(false).describe('show the NVIDIA driver of the host to programs: true or false'),
  })
  .refine(({ form, image }) => form === 'sif' || image === undefined, {
    path: ['image'],
    message: 'only a SIF is one file',
  });

export type SingularityParameters = z.infer<typeof singularityParameters>;

/** What is kept of a resource in the inventory. */
export const singularityDetailsSchema = z.object({
  folder: z.string(),
  /** The one that the tree is unpacked in, and that `--fakeroot` makes of the same files. */
  mapping: idMappingSchema,
  form: z.enum(['sif', 'sandbox']),
  /** Where the user wants the SIF. */
  image: z.string().optional(),
  nv: z.boolean(),
  token: z.string(),
  /** It is customized in a folder, and no image yet. */
  building: z.boolean(),
});

export type SingularityDetails = z.infer<typeof singularityDetailsSchema>;
