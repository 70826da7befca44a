import type { Image } from '@aws-sdk/client-ec2';
import { ReproError } from '../../src/errors.js';
import type { Ec2 } from './client.js';

/** Who publishes an image, as an account of AWS, and what its name matches. */
export interface ImageSource {
  readonly owner: string;
  readonly name: string;
}

/** What EC2 calls the machines that the kernel calls `uname -m`. */
const architectures: Readonly<Record<string, string>> = { x86_64: 'x86_64', aarch64: 'arm64' };

/** The smallest that any account may have, and that has the memory for what is done there. */
const smallest: Readonly<Record<string, string>> = { x86_64: 't3.micro', aarch64: 't4g.micro' };

export function usualInstanceType(machine: string): string {
  return smallest[machine] ?? 't3.micro';
}

/** https://wiki.debian.org/Cloud/AmazonEC2Image: what any machine is made of whose image does not matter. */
export function usualImage(machine: string): ImageSource {
  return { owner: '136693071363', name: `debian-13-${machine === 'aarch64' ? 'arm64' : 'amd64'}-*` };
}

/** `OWNER/NAME`, as a table of bases has it. */
export function parseImageSource(text: string): ImageSource {
  const [, owner, name] = /^(\d{12}|amazon|self)\/(.+)$/.exec(text) ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name };
  throw new ReproError('usage', `${JSON.stringify(text)} says nothing of a machine image of EC2`, {
    remedy: 'write it as ACCOUNT/NAME, e.g. 136693071363/debian-13-amd64-*',
  });
}

/** The newest image of a source that runs on machines of our kind. */
export async function newestImage(ec2: Ec2, { owner, name }: ImageSource, machine: string): Promise<Image> {
  const filters = { name, architecture: architectures[machine] ?? machine, state: 'available' };
  const { Images: found = [] } = await ec2.send(
    new ec2.api.DescribeImagesCommand({
      Owners: [owner],
      Filters: Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] })),
    }),
  );
  const [newest] = found.sort((a, b) => ((a.CreationDate ?? '') < (b.CreationDate ?? '') ? 1 : -1));
  if (newest) return newest;
  throw new ReproError('not-ready', `there is no machine image ${name} of ${owner}`, {
    where: ec2.region,
    remedy: 'name one with -b image=ami-..., or another region with -b region=...',
  });
}

/** One that was named. */
export async function namedImage(ec2: Ec2, id: string): Promise<Image> {
  const { Images: found = [] } = await ec2.send(new ec2.api.DescribeImagesCommand({ ImageIds: [id] }));
  const [image] = found;
  if (image) return image;
  throw new ReproError('usage', `there is no machine image ${id}`, {
    where: ec2.region,
    remedy: 'see -b image=..., and that it is of this region',
  });
}
