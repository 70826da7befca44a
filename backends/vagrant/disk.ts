import { join } from 'node:path';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { type IdMapping, insideMapping } from '../../src/machines/rootfs/id-mapping.js';
import { rootfsMachine } from '../../src/machines/rootfs/index.js';
import type { Base } from '../../src/packaging/base-system.js';
import { openTemplates, type Templates } from '../../src/templates/templates.js';
import { runOn } from '../run-on.js';

export interface DiskOptions {
  readonly here: Machine;
  /** With the packages of {@link packagesToBoot}. */
  readonly tree: string;
  readonly mapping: IdMapping;
  /** To be made, in a folder that is there. */
  readonly file: string;
  readonly gibibytes: number;
  readonly templates?: Templates | undefined;
}

/** What a Debian system boots with beside a kernel, and is lived in through. */
const bootPackages = [
  ...['systemd-sysv', 'udev', 'dbus', 'grub-pc-bin', 'grub-common'],
  ...['openssh-server', 'sudo', 'uidmap', 'e2fsprogs'],
];

/** The kernels of Debian: a small one that knows the machines of clouds, and one that knows every machine. */
export type Kernel = 'linux-image-cloud-amd64' | 'linux-image-amd64';

/** The packages of a system that boots; a base of which none is known is refused. */
export function packagesToBoot({ distribution, release, architecture }: BootBase, kernel: Kernel): string[] {
  if (distribution === 'debian' && !release.includes(' ') && architecture === 'amd64') return [kernel, ...bootPackages];
  throw new ReproError('not-ready', `no disk that boots can be made of ${distribution} ${release} (${architecture})`, {
    remedy: 'it is made of Debian on amd64; for a machine of Vagrant, name a box with -b box=NAME',
  });
}

export type BootBase = Pick<Base, 'distribution' | 'release' | 'architecture'>;

const sector = 512;
const firstSector = 2048;

/**
 * A raw disk that a PC's BIOS boots, from a tree and without any right: GRUB before the one partition, and the system in
 * it. https://www.gnu.org/software/grub/manual/grub/html_node/BIOS-installation.html
 */
export async function makeDisk({ here, tree, mapping, file, gibibytes, templates }: DiskOptions): Promise<void> {
  await prepare(here, tree, mapping, await (templates ?? openTemplates()).read('vagrant/prepare.sh'));
  const inside = insideMapping(mapping);
  const kibibytes = gibibytes * 1024 * 1024 - (firstSector * sector) / 1024;
  await runOn(here, ['truncate', `--size=${gibibytes}G`, '--', file]);
  const system = ['-t', 'ext4', '-L', 'root', '-d', tree, '-E', `offset=${firstSector * sector},root_owner=0:0`];
  await runOn(here, [...inside, 'mke2fs', '-q', '-F', ...system, file, `${kibibytes}k`]);
  const read = async (name: string) => (await runOn(here, [...inside, 'cat', join(tree, 'boot/grub', name)])).stdout;
  const input = beginningOf(await read('boot.img'), await read('core.img'), gibibytes);
  await runOn(here, ['dd', `of=${file}`, 'conv=notrunc', 'status=none'], { input });
}

/** The disk's first sectors: a master boot record, whose code loads what follows it. */
export function beginningOf(boot: Buffer, core: Buffer, gibibytes: number): Buffer {
  if (core.length > (firstSector - 1) * sector) throw new Error('the boot loader does not fit before the partition');
  const record = Buffer.alloc(sector);
  boot.copy(record, 0, 0, 440);
  // Bootable, of Linux; where it is counts by sectors alone.
  const entry = Buffer.from([0x80, 0xfe, 0xff, 0xff, 0x83, 0xfe, 0xff, 0xff, ...Buffer.alloc(8)]);
  entry.writeUInt32LE(firstSector, 8);
  entry.writeUInt32LE(gibibytes * 2 ** 21 - firstSector, 12);
  entry.copy(record, 446);
  record.writeUInt16LE(0xaa55, 510);
  return Buffer.concat([record, core]);
}

async function prepare(here: Machine, tree: string, mapping: IdMapping, script: string): Promise<void> {
  await using machine = await rootfsMachine({
    host: here,
    tree,
    mapping,
    label: 'the system of a box',
    network: false,
  });
  const result = await machine.shell?.run(['sh', '-c', script]);
  if (result?.exit.code === 0) return;
  const why = result?.stderr.toString('utf8').trim().split('\n').at(-1) ?? 'nothing can be run in it';
  throw new ReproError('step-failed', `the system cannot be made one that boots: ${why}`, { where: machine.label });
}
