import { z } from 'zod';

/** https://github.com/distribution/reference: an image name with a tag. */
const imagePattern =
  /^(?:[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*:[\w][\w.-]{0,127}$/;

/** What a user may say with `-b key=value`. */
export const dockerParameters = z.strictObject({
  image: z
    .string()
    .regex(imagePattern, 'an image with its tag, such as lab/analysis:1')
    .optional()
    .describe('what to call the image (default: reproman/NAME:latest)'),
  base: z
    .string()
    .regex(/^\w[\w.:/@-]*$/, 'packages, image, or the name of an image such as debian:12')
    .optional()
    .describe(
      'what the base is made of: its packages, which gives the very tree; or a ready-made image, which is mended: that of ' +
        'the table of bases (image), or one by its name (default: packages)',
    ),
  host: z
    .string()
    .regex(/^(?:unix:\/\/\/|(?:tcp|https?|ssh):\/\/)[^\s]+$/, 'an engine address such as unix:///var/run/docker.sock')
    .optional()
    .describe('the engine (default: DOCKER_HOST, else the current docker context, else the local socket)'),
});

export type DockerParameters = z.infer<typeof dockerParameters>;

/** What is kept of a resource in the inventory. */
export const dockerDetailsSchema = z.object({
  engine: z.string(),
  token: z.string(),
  /** The inventory that it is in. Empty, which is none, of what was made before this was kept. */
  inventory: z.string().default(''),
  image: z.string(),
  /** The bare system, before customize. */
  base: z.string(),
  /** Where customize happens; gone when the resource is ready. */
  building: z.string().optional(),
  container: z.string(),
  /** For the image's labels. */
  epoch: z.int(),
  tool: z.string(),
});

export type DockerDetails = z.infer<typeof dockerDetailsSchema>;
