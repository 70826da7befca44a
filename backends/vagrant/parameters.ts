import { z } from 'zod';

/** What no program takes for one of its options. */
const wordPattern = /^[^-]/;
const wordHint = 'it may not begin with a dash';

/** What a user may say with `-b key=value`. */
export const vagrantParameters = z
  .strictObject({
    provider: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'a provider of Vagrant, such as libvirt or virtualbox')
      .default('libvirt')
      .describe("what runs the machine, as Vagrant's --provider has it (default: libvirt)"),
    box: z
      .string()
      .regex(wordPattern, wordHint)
      .optional()
      .describe('the box (default: the usual one of the distribution, or one that is made where that cannot be had)'),
    boxUrl: z
      .string()
      .regex(wordPattern, wordHint)
      .optional()
      .describe('where that box can be had (default: where Vagrant looks for its name)'),
    build: z.stringbool().default(false).describe('make the box, and do not ask for a ready one: true or false'),
    memory: z.coerce.number().int().min(128).default(1024).describe('memory in MiB (default: 1024)'),
    cpus: z.coerce.number().int().min(1).default(1).describe('number of processors (default: 1)'),
    disk: z.coerce
      .number()
      .int()
      .min(2)
      .max(2000)
      .default(10)
      .describe('of a box that is made, its disk in GiB (default: 10)'),
    timeout: z.coerce.number().int().min(30).default(600).describe('seconds for the machine to start (default: 600)'),
    driver: z
      .enum(['kvm', 'qemu'])
      .optional()
      .describe('libvirt: with the processor itself, or a slow emulated one (default: kvm where there is /dev/kvm)'),
    kernel: z.string().startsWith('/').optional().describe('libvirt: a kernel to boot instead of what the disk boots'),
    initrd: z.string().startsWith('/').optional().describe('libvirt: the initial file system of that kernel'),
    cmdline: z.string().optional().describe('libvirt: what that kernel is told'),
  })
  .refine(({ box, boxUrl }) => box !== undefined || boxUrl === undefined, {
    path: ['boxUrl'],
    message: 'it takes the name of the box beside it: -b box=NAME',
  })
  .refine(({ box, build }) => box === undefined || !build, {
    path: ['build'],
    message: 'a box that is named is not made',
  });

export type VagrantParameters = z.infer<typeof vagrantParameters>;

/** How a machine is run, which those that are made of it are, too. */
const settingsSchema = z.object({
  memory: z.number(),
  cpus: z.number(),
  timeout: z.number(),
  driver: z.enum(['kvm', 'qemu']).optional(),
  kernel: z.string().optional(),
  initrd: z.string().optional(),
  cmdline: z.string().optional(),
});

/** What is kept of a machine in the inventory. */
export const vagrantDetailsSchema = z.object({
  /** With its Vagrantfile. */
  folder: z.string(),
  provider: z.string(),
  box: z.string(),
  /** What its ssh host key is known by, whatever its address. */
  token: z.string(),
  /** Of one that was made before this was kept, it is not known. */
  settings: settingsSchema.optional(),
});

export type VagrantDetails = z.infer<typeof vagrantDetailsSchema>;

/** What is kept of a box that was made of a machine. */
export const vagrantImageSchema = z.object({
  provider: z.string(),
  /** The box. */
  image: z.string(),
  token: z.string(),
  settings: settingsSchema.optional(),
});

export type VagrantImage = z.infer<typeof vagrantImageSchema>;
