import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError } from '../../src/errors.js';
import type { FormatTarget, FormatWork, ImageFormat } from '../../src/machines/formats/format.js';
import { firstMember } from '../../src/machines/formats/tar-head.js';
import type { Machine } from '../../src/machines/machine.js';
import { streamFrom } from '../../src/machines/tar-command.js';
import type { Readiness } from '../../src/model/readiness.js';
import { runOn } from '../run-on.js';
import { makeAppliance, treeFile } from './appliance.js';
import { packBox, packFiles } from './box.js';
import { describeAppliance } from './ovf.js';

/** A box for Vagrant with libvirt. */
export const vagrantBox: ImageFormat = {
  name: 'vagrant-box',
  title: 'a box for Vagrant with libvirt: a Debian system that boots, and the environment in it',
  suffix: '.box',
  check,
  matches: (_file, head) => beginsWith(head, /\/metadata\.json$/),
  async write(tree, target) {
    const { disk, gibibytes } = await makeAppliance(tree, 'linux-image-cloud-amd64', target);
    const { here, folder, file } = target;
    await packBox({ here, folder, disk, box: file, gibibytes, beside: [treeFile] });
  },
  read,
};

/** An appliance for VirtualBox and others that read OVF. */
export const ova: ImageFormat = {
  name: 'ova',
  title: 'an appliance for VirtualBox: a Debian system that boots, and the environment in it',
  suffix: '.ova',
  check,
  matches: (_file, head) => beginsWith(head, /\.ovf$/),
  async write(tree, target) {
    const { disk, gibibytes } = await makeAppliance(tree, 'linux-image-amd64', target);
    await packAppliance(disk, gibibytes, target);
  },
  read,
};

async function packAppliance(
  disk: string,
  gibibytes: number,
  { here, folder, file, resource }: FormatTarget,
): Promise<void> {
  const { name } = resource;
  const image = join(folder, 'disk.vmdk');
  // The only form of it that fits into a stream, and so into an appliance.
  await runOn(here, ['qemu-img', 'convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=streamOptimized', disk, image]);
  const sizeOf = async (path: string) =>
    Number((await runOn(here, ['stat', '--format=%s', '--', path])).stdout.toString());
  const files = [
    { name: 'disk.vmdk', size: await sizeOf(image) },
    { name: treeFile, size: await sizeOf(join(folder, treeFile)) },
  ];
  const input = describeAppliance({ name, files, gibibytes });
  await runOn(here, ['tee', '--', join(folder, 'machine.ovf')], { input });
  await packFiles(here, folder, file, ['machine.ovf', ...files.map((each) => each.name)]);
}

/** The tree as it went in, whatever the machine was used for since. */
async function read(file: string, { here }: FormatWork): Promise<Readable> {
  const { shell } = here;
  if (!shell) throw new ReproError('not-ready', `nothing can be run on ${here.label}`);
  const listed = (await runOn(here, ['tar', '--list', '--file', file])).stdout.toString('utf8').split('\n');
  if (!listed.includes(treeFile)) {
    throw new ReproError('usage', 'the machine in the file was not made by reproman, and its disk is not taken apart', {
      where: file,
      remedy: 'trace what it holds where it runs: reproman trace, or retrace --from ssh:HOST',
    });
  }
  const script = 'tar --extract --to-stdout --file "$1" -- "$2" | zstd -dcq';
  return streamFrom(
    () => shell.spawn(['sh', '-c', script, 'sh', file, treeFile], { stdin: 'ignore' }),
    undefined,
    'Reading',
  );
}

async function beginsWith(head: Buffer, name: RegExp): Promise<boolean> {
  return name.test((await firstMember(head)) ?? '');
}

async function check(here: Machine): Promise<Readiness> {
  const script = 'for tool; do command -v "$tool" >/dev/null || { echo "$tool"; exit 1; }; done';
  const answer = await here.shell?.run(['sh', '-c', script, 'sh', 'mke2fs', 'qemu-img', 'zstd']);
  if (answer?.exit.code === 0) return { ready: true };
  const missing = `the program ${answer?.stdout.toString('utf8').trim()} is missing on ${here.label}`;
  return { ready: false, missing, remedy: 'sudo apt-get install e2fsprogs qemu-utils zstd' };
}
