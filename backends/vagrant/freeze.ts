import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { removeTree } from '../../src/machines/rootfs/index.js';
import { stage } from '../../src/model/progress.js';
import { rubyString } from '../../src/templates/quoting.js';
import type { FreezeContext } from '../outer.js';
import { makeFolder } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { packBox } from './box.js';
import { copyDisk, copyVolume, disksOf } from './libvirt.js';
import type { VagrantDetails, VagrantImage } from './parameters.js';
import { type Identity, identityIn } from './ssh-settings.js';
import { vagrant } from './tool.js';

/**
 * Makes a box of a machine that runs, and goes on running: what it has not written yet is written before, and it halts
 * for as long as its disk is copied.
 */
export async function freeze(details: VagrantDetails, context: FreezeContext): Promise<VagrantImage> {
  const { host: here, machine, record, progress, signal } = context;
  const { folder, provider, settings } = details;
  if (provider !== 'libvirt') throw otherProvider(context.name, provider);
  const libvirtName = `${basename(folder)}_default`;
  const disks = await disksOf(here, libvirtName);
  if (disks.length !== 1) throw notOneDisk(disks, libvirtName);
  const { user, key } = identityIn((await vagrant(here, ['ssh-config'], { folder, signal })).stdout.toString('utf8'));
  if (key === undefined) throw withoutKey(folder);
  const token = randomUUID();
  const image = `reproman-${token.slice(0, 8)}`;
  const work = join(folder, image);
  await record({ kind: 'box', id: image, at: provider });
  await record({ kind: 'folder', id: work, token });
  await makeFolder(here, work, token);
  await stage(progress, `make the box ${image}`, async () => {
    await runOn(machine, ['sync']);
    const disk = join(work, 'disk.qcow2');
    await copyDisk(here, libvirtName, disk);
    signal?.throwIfAborted();
    const gibibytes = await withBacking(here, work, disk);
    const beside = await accessOf({ user, key }, here, work);
    const box = join(work, 'made.box');
    await packBox({ here, folder: work, disk, format: 'qcow2', box, gibibytes, beside });
    await vagrant(here, ['box', 'add', '--name', image, '--provider', provider, box], { signal });
    await removeTree(work, { kind: 'identity' }, here);
  });
  return { provider, image, token, ...(settings && { settings }) };
}

/** https://www.qemu.org/docs/master/tools/qemu-img.html: what `info --output=json` says. */
const infoSchema = z.object({
  'virtual-size': z.number(),
  'backing-filename': z.string().optional(),
  'backing-filename-format': z.string().default('qcow2'),
});

/** Puts what a disk stands on beside it. Gives its size in GiB. */
async function withBacking(here: Machine, work: string, disk: string): Promise<number> {
  const { stdout } = await runOn(here, ['qemu-img', 'info', '-f', 'qcow2', '--output=json', '--', disk]);
  const info = infoSchema.parse(JSON.parse(stdout.toString('utf8')));
  const { 'backing-filename': below, 'backing-filename-format': format } = info;
  if (below !== undefined) {
    const file = join(work, 'below');
    await copyVolume(here, basename(below), file);
    await runOn(here, ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-b', file, '-F', format, '--', disk]);
  }
  return Math.ceil(info['virtual-size'] / 2 ** 30);
}

/**
 * How Vagrant gets into machines of the box: it has put a key of its own into this one, in the place of the one that
 * everybody has. https://developer.hashicorp.com/vagrant/docs/boxes/format
 */
async function accessOf({ user, key }: Required<Identity>, here: Machine, work: string): Promise<string[]> {
  await runOn(here, ['install', '-m', '0600', '--', key, join(work, 'key')]);
  await runOn(here, ['tee', '--', join(work, 'Vagrantfile')], { input: boxSettings(user) });
  return ['Vagrantfile', 'key'];
}

function boxSettings(user: string): string {
  return [
    "Vagrant.configure('2') do |config|",
    `  config.ssh.username = ${rubyString(user)}`,
    "  config.ssh.private_key_path = File.expand_path('../key', __FILE__)",
    'end\n',
  ].join('\n');
}

/** Nobody can be let in. */
export function atRest(image: VagrantImage): ReproError {
  return new ReproError('usage', `${labelOfImage(image)} is at rest, and nothing of it can be read`, {
    remedy: 'make a machine of it: reproman instantiate NAME',
  });
}

/** For people: which box it is. */
export function labelOfImage({ provider, image }: VagrantImage): string {
  return `the box ${image} for ${provider}`;
}

function otherProvider(image: string, provider: string): ReproError {
  return new ReproError(
    'usage',
    `no box can be made of a machine of ${provider} for '${image}': only of one of libvirt`,
    {
      remedy:
        'take its environment to another place: reproman import NAME --backend vagrant, or export NAME --to vagrant-box',
    },
  );
}

function notOneDisk(disks: readonly string[], where: string): ReproError {
  const message = `a box has one disk, and the machine has ${disks.length === 0 ? 'none' : disks.join(', ')}`;
  return new ReproError('usage', message, {
    where,
    remedy:
      'detach the others (virsh detach-disk), or take its environment elsewhere: reproman import NAME --backend vagrant',
  });
}

function withoutKey(where: string): ReproError {
  return new ReproError('usage', 'vagrant ssh-config names no key for the machine, which machines of a box need', {
    where,
    remedy: 'let Vagrant in by a key: with config.ssh.insert_key and without config.ssh.password in its Vagrantfile',
  });
}
