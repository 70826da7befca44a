import { join } from 'node:path';
import { ReproError, reasonOf } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import {
  chooseTreeMapping,
  findEntrance,
  type IdMapping,
  imageFile,
  inMounts,
  insideMapping,
  type Overlay,
  overlaySchema,
  removeTree,
} from '../../src/machines/rootfs/index.js';
import { stage } from '../../src/model/progress.js';
import type { Readiness } from '../../src/model/readiness.js';
import type { Resource } from '../../src/model/resource.js';
import type { BackendContext } from '../backend.js';
import { runOn } from '../run-on.js';
import { treeDetailsSchema, treeIn } from '../tree-details.js';

const installing = 'sudo apt-get install squashfs-tools squashfuse fuse-overlayfs';

/** Whether a tree can be made one file on the host and be shown, or what is missing and how to get it. */
export async function checkSquash(host: Machine): Promise<Readiness> {
  const { aid } = await findEntrance(host, { tree: '/', copy: undefined }, host.label);
  const isRoot = (await chooseTreeMapping(host)).kind === 'identity';
  const lacking = (name: string) => ({
    ready: false as const,
    missing: `the program ${name} is missing`,
    remedy: installing,
  });
  if (aid('mksquashfs') === undefined) return lacking('mksquashfs');
  if (isRoot) return { ready: true };
  if (aid('squashfuse_ll') === undefined && aid('squashfuse') === undefined) return lacking('squashfuse');
  const fuse = await host.shell?.run(['sh', '-c', 'test -r /dev/fuse && test -w /dev/fuse']);
  if (fuse?.exit.code === 0) return { ready: true };
  return {
    ready: false,
    missing: 'this user may not open /dev/fuse, by which an ordinary user mounts a file',
    remedy: 'as root: modprobe fuse; chmod 0666 /dev/fuse; or leave out -b form=squashfs',
  };
}

/** What lays a folder over a file in a resource's folder: found by doing it there, with all that programs do to files. */
export async function chooseOverlay(details: Resource['details'], host: Machine): Promise<Overlay> {
  const { folder, mapping } = treeDetailsSchema.parse(details);
  const complaints: string[] = [];
  for (const overlay of overlaySchema.options) {
    const probe = join(folder, `probe-${overlay}`);
    try {
      await tryOverlay(probe, overlay, mapping, host);
      return overlay;
    } catch (error) {
      if (!(error instanceof ReproError)) throw error;
      complaints.push(reasonOf(error));
    } finally {
      await removeTree(probe, mapping, host);
    }
  }
  throw new ReproError('not-ready', `nothing can be written over a tree in one file here: ${complaints.join('; ')}`, {
    where: folder,
    remedy: `${installing}; or choose a folder on a disk of this machine with -b folder=FOLDER`,
  });
}

async function tryOverlay(probe: string, overlay: Overlay, mapping: IdMapping, host: Machine): Promise<void> {
  const tree = treeIn(probe);
  await runOn(host, ['sh', '-ec', makeProbe, 'sh', tree]);
  await pack(probe, mapping, host);
  const entrance = await findEntrance(host, { tree, copy: undefined }, probe);
  const image = { folder: probe, overlay };
  await runOn(host, inMounts(['sh', '-ec', useProbe, 'sh', tree], { image, mapping, entrance }));
}

const makeProbe = 'mkdir -p -- "$1"; cd -- "$1"; mkdir folder; echo old > folder/changed; echo old > folder/removed';
const useProbe = `
cd -- "$1"
echo new >> folder/changed
rm folder/removed
mkdir made
mv folder/changed made/
chmod 0700 folder
[ "$(cat made/changed)" = "old
new" ]
[ ! -e folder/removed ]`;

/** Makes the file of the finished tree, and removes the tree. */
export async function commit(resource: Resource, { host, progress }: BackendContext): Promise<Resource['details']> {
  const details = treeDetailsSchema.parse(resource.details);
  const { folder, tree, mapping, image } = details;
  if (!image || image.isPacked) return details;
  await stage(progress, 'pack', () => pack(folder, mapping, host));
  await removeTree(tree, mapping, host);
  await runOn(host, ['mkdir', '--', tree]);
  return { ...details, image: { ...image, isPacked: true } };
}

/**
 * The same tree gives the same bytes (squashfs-tools 4.4 and newer). Compression as quick as it gets: a tenth of the time
 * for a tenth more of space.
 */
async function pack(folder: string, mapping: IdMapping, host: Machine): Promise<void> {
  const { aid } = await findEntrance(host, { tree: folder, copy: undefined }, folder);
  const part = `${imageFile(folder)}.part`;
  const options = ['-noappend', '-no-progress', '-quiet', '-mkfs-time', '0', '-Xcompression-level', '1'];
  const mksquashfs = aid('mksquashfs') ?? 'mksquashfs';
  await runOn(host, [...insideMapping(mapping), mksquashfs, treeIn(folder), part, ...options]);
  await runOn(host, ['mv', '--no-target-directory', '--', part, imageFile(folder)]);
}
