import { resolve } from 'node:path';
import { z } from 'zod';

/** What is put into settings of ssh, and what a user may be called. */
const userPattern = /^[A-Za-z_][\w.-]{0,31}$/;

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html; what begins with `aws:` is Amazon's. */
const tagsPattern = /^(?!aws:)[^=,]{1,128}=[^,]{0,256}(?:,(?!aws:)[^=,]{1,128}=[^,]{0,256})*$/;

/** What a user may say with `-b key=value`. Keys of the account are none of it: they are found as Amazon's own tools do. */
export const awsParameters = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d+$/, 'a region such as eu-central-1')
    .optional()
    .describe('where the machine is to be (default: AWS_REGION, else that of the profile)'),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe('which credentials of ~/.aws to use (default: AWS_PROFILE, else as AWS tools do)'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('another service that speaks as EC2 does (default: that of the region)'),
  image: z
    .string()
    .regex(/^ami-[0-9a-f]+$/, 'an image such as ami-0123456789abcdef0')
    .optional()
    .describe("the machine image (default: the newest official one of the spec's release, else of Debian)"),
  instanceType: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'an instance type such as t3.small')
    .optional()
    .describe('how large the machine is (default: t3.micro, or t4g.micro for arm64)'),
  volumeSize: z.coerce
    .number()
    .int()
    .min(1)
    .max(16384)
    .optional()
    .describe("size of its disk in GiB (default: the image's)"),
  user: z
    .string()
    .regex(userPattern, 'the name of a user')
    .default('root')
    .describe('who to log in as (default: root, whom the image is told to let in)'),
  keyPair: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('a key pair of yours that EC2 has (default: one is made, and goes with the machine)'),
  keyFile: z
    .string()
    .regex(/^[^"\r\n]+$/, 'the path of a file')
    .transform((file) => (file.startsWith('~/') ? file : resolve(file)))
    .optional()
    .describe('its private key (default: as your ssh finds it)'),
  securityGroup: z
    .string()
    .regex(/^sg-[0-9a-f]+$/, 'a security group such as sg-0123456789abcdef0')
    .optional()
    .describe('a security group of yours that lets ssh in (default: one is made, and goes with the machine)'),
  sshFrom: z
    .string()
    .regex(/^[0-9a-f.:]+\/\d{1,3}(?:,[0-9a-f.:]+\/\d{1,3})*$/i, 'networks such as 192.0.2.0/24,2001:db8::/32')
    .default('0.0.0.0/0,::/0')
    .describe('from where the made security group lets ssh in (default: anywhere, with the key alone)'),
  subnet: z
    .string()
    .regex(/^subnet-[0-9a-f]+$/, 'a subnet such as subnet-0123456789abcdef0')
    .optional()
    .describe('the subnet (default: one of the default network)'),
  address: z.enum(['public', 'private']).default('public').describe('by which address it is reached (default: public)'),
  instanceProfile: z
    .string()
    .min(1)
    .optional()
    .describe('name of the IAM instance profile that it gets (default: none)'),
  hostKey: z
    .enum(['console', 'first-use'])
    .default('console')
    .describe(
      "how its host key is known: from the machine's console, where it shows it, or as it is first seen (default: console)",
    ),
  tags: z
    .string()
    .regex(tagsPattern, 'tags such as project=lab,owner=me')
    .optional()
    .describe('more tags for all that is made'),
});

export type AwsParameters = z.infer<typeof awsParameters>;

/** What is kept of a machine in the inventory. */
export const awsDetailsSchema = z.object({
  /** Where the service is, as effects have it, too. */
  at: z.string(),
  token: z.string(),
  instance: z.string(),
  /** What it is called in the settings of ssh that lie in the folder. */
  host: z.string(),
  user: z.string(),
  address: z.enum(['public', 'private']),
  folder: z.string(),
  keyFile: z.string().optional(),
});

export type AwsDetails = z.infer<typeof awsDetailsSchema>;

/** What is kept of a machine image that was made of a machine. */
export const awsImageSchema = z.object({
  at: z.string(),
  token: z.string(),
  image: z.string(),
  user: z.string(),
  address: z.enum(['public', 'private']),
  /** As the machine was. */
  instanceType: z.string().optional(),
  subnet: z.string().optional(),
  instanceProfile: z.string().optional(),
});

export type AwsImage = z.infer<typeof awsImageSchema>;
