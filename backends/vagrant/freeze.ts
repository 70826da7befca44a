import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { removeTree } from '../../src/machines/rootfs.js';
import { stage } from '../../src/model/progress.js';
import { rubyString } from '../../src/templates/quoting.js';
import type { FreezeContext } from '../outer.js';
import { makeFolder } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { packBox } from './box.js';
import { copyDisk, copyVolume } from './libvirt.js';
import type { VagrantDetails, VagrantImage } from './parameters.js';
import { identityIn } from './ssh-settings.js';
import { vagrant } from './tool.js';

/**
 * Makes a box of a machine that runs, and goes on running: what it has not written yet is written before, and it halts
 * for as long as its disk is copied.
 */
export async function freeze(details: VagrantDetails, context: FreezeContext): Promise<VagrantImage> {
  const { host: here, machine, record, progress, signal } = context;
  const { folder, provider, settings } = details;
  if (provider !== 'libvirt') throw otherProvider(context.name, provider);
  const token = randomUUID();
  const image = `reproman-${token.slice(0, 8)}`;
  const work = join(folder, image);
  await record({ kind: 'box', id: image, at: provider });
  await record({ kind: 'folder', id: work, token });
  await makeFolder(here, work, token);
  await stage(progress, `make the box ${image}`, async () => {
    await runOn(machine, ['sync']);
    const disk = join(work, 'disk.qcow2');
    await copyDisk(here, `${basename(folder)}_default`, disk);
    signal?.throwIfAborted();
    const gibibytes = await withBacking(here, work, disk);
    const beside = await accessOf(details, here, work, signal);
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
  const { stdout } = await runOn(here, ['qemu-img', 'info', '--output=json', '--', disk]);
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
async function accessOf(
  { folder }: VagrantDetails,
  here: Machine,
  work: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const said = (await vagrant(here, ['ssh-config'], { folder, signal })).stdout.toString('utf8');
  const { user, key } = identityIn(said);
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
