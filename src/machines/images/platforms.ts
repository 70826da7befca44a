import { ReproError } from '../../errors.js';
import type { Descriptor } from './documents.js';

/** Node's names of processors as images have them. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** What this machine runs, in the words of images. */
function ownPlatform(): string {
  return `linux/${architectures[process.arch] ?? process.arch}`;
}

/**
 * Of images for several platforms the one that was asked for, such as `linux/arm64/v8` or `arm64`; else the one for this
 * machine, else the first.
 */
export function choosePlatform(
  found: readonly Descriptor[],
  asked: string | undefined,
  where: string,
): Descriptor | undefined {
  // What says that it is of an unknown platform says something about images.
  const images = found.filter(({ platform }) => platform?.os !== 'unknown');
  const isOf = (wanted: string) => (each: Descriptor) => isPlatform(each, wanted);
  if (asked === undefined) return images.find(isOf(ownPlatform())) ?? images[0];
  const chosen = images.find(isOf(asked));
  // An image of one platform says in its configuration which that is, and not here.
  if (chosen ?? !images.some(({ platform }) => platform)) return chosen ?? images[0];
  const known = images.flatMap(({ platform }) => (platform ? nameOf(platform) : []));
  throw new ReproError('usage', `there is no image for the platform ${JSON.stringify(asked)}`, {
    where,
    remedy: `give one of: ${[...new Set(known)].join(', ')}`,
  });
}

function isPlatform({ platform }: Descriptor, wanted: string): boolean {
  if (!platform) return false;
  const full = wanted.includes('/') ? wanted : `linux/${wanted}`;
  const { os, architecture } = platform;
  return full === `${os}/${architecture}` || full === nameOf(platform);
}

function nameOf({ os, architecture, variant }: NonNullable<Descriptor['platform']>): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}
