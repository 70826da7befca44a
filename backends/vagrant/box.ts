import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { defaultStoreFolder } from '../../src/archives/store-folder.js';
import { type Keeping, openTreeCache } from '../../src/archives/trees.js';
import { ReproError, reasonOf } from '../../src/errors.js';
import { canonicalJson, sha256 } from '../../src/hash.js';
import type { Machine } from '../../src/machines/machine.js';
import { chooseMapping } from '../../src/machines/rootfs/id-mapping.js';
import { removeTree, unpackTree } from '../../src/machines/rootfs/index.js';
import { pathFromText } from '../../src/model/file-path.js';
import { type Progress, stage } from '../../src/model/progress.js';
import type { Effect } from '../../src/model/resource.js';
import { openTemplates } from '../../src/templates/templates.js';
import type { OuterContext } from '../outer.js';
import { makeFolder } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { makeDisk, packagesToBoot } from './disk.js';
import { removeVolumes } from './libvirt.js';
import type { VagrantParameters } from './parameters.js';
import { vagrant } from './tool.js';

type BoxContext = OuterContext<VagrantParameters>;

/** The name of a box that Vagrant has from now on: the user's, the usual one of the distribution, or one that is made. */
export async function provideBox(context: BoxContext): Promise<string> {
  const { parameters, native, progress } = context;
  const { box, boxUrl, provider, build } = parameters;
  if (box !== undefined) {
    await addBox(box, boxUrl === undefined ? [box] : ['--name', box, boxUrl], context);
    return box;
  }
  const usual = build ? undefined : native;
  if (usual === undefined) return makeBox(context);
  try {
    await addBox(usual, [usual], context);
    return usual;
  } catch (error) {
    context.signal?.throwIfAborted();
    progress({
      kind: 'note',
      message: `the box ${usual} cannot be had for ${provider} (${reasonOf(error)}): one is made`,
    });
    return makeBox(context);
  }
}

/** Removes a box that was made; quiet where another machine stands on it. */
export async function removeBox({ id, at = '' }: Effect, here: Machine): Promise<void> {
  if (!(await hasBox(id, at, here))) return;
  try {
    await vagrant(here, ['box', 'remove', id, '--provider', at]);
  } catch (error) {
    // Of one that is in use it asks whether that is meant, and there is nobody to answer.
    if (/requires a TTY/.test(reasonOf(error))) return;
    throw error;
  }
  if (at === 'libvirt') await removeVolumes(here, `${id}_vagrant_box_image_`);
}

async function addBox(name: string, where: readonly string[], { host, parameters, signal }: BoxContext): Promise<void> {
  if (await hasBox(name, parameters.provider, host)) return;
  await vagrant(host, ['box', 'add', '--provider', parameters.provider, ...where], { signal });
}

/** Whether Vagrant has a box. */
export async function hasBox(name: string, provider: string, here: Machine): Promise<boolean> {
  const { stdout } = await vagrant(here, ['box', 'list', '--machine-readable']);
  const said = [...stdout.toString('utf8').matchAll(/^\d+,[^,]*,box-(name|provider),(.*)$/gm)];
  return said.some(([, , value], at) => value === name && said[at + 1]?.[2] === provider);
}

/** Makes a box of packages of the spec's base, or takes the one that was made of the same before. */
async function makeBox(context: BoxContext): Promise<string> {
  const { host: here, folder, record, parameters, base, templates = openTemplates(), backend, tool, signal } = context;
  const { disk: gibibytes, provider } = parameters;
  if (provider !== 'libvirt') throw otherProvider(provider);
  const packages = packagesToBoot(base, 'linux-image-cloud-amd64');
  await using system = await context.system([...packages, ...(enginePackages[backend] ?? [])]);
  const script = await templates.read('vagrant/prepare.sh');
  const key = sha256(canonicalJson({ system: system.digest, script, gibibytes, tool }));
  const name = `reproman-${key.slice(0, 16)}`;
  await record({ kind: 'box', id: name, at: provider });
  if (await hasBox(name, provider, here)) return name;
  const add = (file: string) => vagrant(here, ['box', 'add', '--name', name, '--provider', provider, file], { signal });
  const boxes = openTreeCache({ folder: defaultStoreFolder() });
  const kept = await boxes.locate('box', key);
  if (kept !== undefined) {
    await add(kept);
    return name;
  }
  const work = join(folder, 'box');
  const mapping = await chooseMapping(here);
  const [tree, disk, box] = [join(work, 'tree'), join(work, 'disk.raw'), join(work, 'made.box')];
  const token = randomUUID();
  await record({ kind: 'folder', id: work, at: JSON.stringify(mapping), token });
  await makeFolder(here, work, token);
  await system.build((tar) => unpackTree(tar, tree, mapping, here));
  await stage(context.progress, 'make the box', async () => {
    await makeDisk({ here, tree, mapping, file: disk, gibibytes, templates });
    await packBox({ here, folder: work, disk, box, gibibytes });
  });
  await add(box);
  await keep(here, box, boxes.keep('box', key), context.progress);
  await removeTree(work, mapping, here);
  return name;
}

/** What a backend needs of a machine beside what every one has: Docker starts nothing where the kernel has AppArmor and nobody can load a profile. */
const enginePackages: Readonly<Record<string, readonly string[]>> = { docker: ['docker.io', 'apparmor'] };

export interface BoxFile {
  readonly here: Machine;
  /** For what is made on the way. */
  readonly folder: string;
  readonly disk: string;
  /** Of the disk; default: raw. */
  readonly format?: 'raw' | 'qcow2';
  readonly box: string;
  readonly gibibytes: number;
  /** What else lies in the folder and goes with it. */
  readonly beside?: readonly string[];
}

/** A box of a disk: https://vagrant-libvirt.github.io/vagrant-libvirt/boxes.html */
export async function packBox({
  here,
  folder,
  disk,
  format = 'raw',
  box,
  gibibytes,
  beside = [],
}: BoxFile): Promise<void> {
  const image = join(folder, 'box.img');
  const small = ['-c', '-o', 'compression_type=zstd'];
  await runOn(here, ['qemu-img', 'convert', '-f', format, '-O', 'qcow2', ...small, disk, image]);
  const metadata = { provider: 'libvirt', format: 'qcow2', virtual_size: gibibytes };
  await runOn(here, ['tee', '--', join(folder, 'metadata.json')], { input: JSON.stringify(metadata) });
  await packFiles(here, folder, box, ['metadata.json', 'box.img', ...beside]);
}

/** A plain tar of files of a folder, in this order. */
export async function packFiles(here: Machine, folder: string, file: string, names: readonly string[]): Promise<void> {
  const manner = ['--format=ustar', '--owner=0', '--group=0', '--numeric-owner'];
  await runOn(here, ['tar', '--create', '--file', file, ...manner, '--directory', folder, '--', ...names]);
}

/** For the next machine of the same; one that cannot be kept is made again then. */
async function keep(here: Machine, box: string, keeping: Keeping, progress: Progress): Promise<void> {
  await using held = keeping;
  for await (const _ of held.copy(here.files.stream(pathFromText(box))));
  const problem = await held.commit();
  if (problem !== undefined) progress({ kind: 'note', message: `the box is not kept: ${problem}` });
}

function otherProvider(provider: string): ReproError {
  return new ReproError('not-ready', `boxes are made for libvirt, and not for ${provider}`, {
    remedy: 'name a box for it with -b box=NAME',
  });
}
