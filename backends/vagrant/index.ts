import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { requireLocal } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import { type IdMapping, idMappingSchema } from '../../src/machines/rootfs/id-mapping.js';
import { pathFromText } from '../../src/model/file-path.js';
import { stage } from '../../src/model/progress.js';
import type { Effect, LiveState, Resource } from '../../src/model/resource.js';
import type { Outer, OuterContext, OuterWork } from '../outer.js';
import { isOwnFolder, makeFolder, removeOwnFolder } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { hasBox, provideBox, removeBox } from './box.js';
import { atRest, freeze, labelOfImage } from './freeze.js';
import { removeDomain } from './libvirt.js';
import { findMachines, machineEffect, writeMark } from './marks.js';
import {
  type VagrantDetails,
  type VagrantImage,
  type VagrantParameters,
  vagrantDetailsSchema,
  vagrantImageSchema,
  vagrantParameters,
} from './parameters.js';
import { connectTo, letRootIn, writeSettings } from './reach.js';
import { checkTool, stateIn, vagrant, vagrantInTurn } from './tool.js';
import { renderVagrantfile } from './vagrantfile.js';

/** A virtual machine of the resource's own, through Vagrant and whatever provider that has. */
export const vagrantMachines: Outer<typeof vagrantParameters> = {
  name: 'vagrant',
  title: 'a virtual machine that Vagrant makes, for the backend after the colon',
  parameters: vagrantParameters,
  support: ['a virtual machine with a kernel, systemd and sshd', 'its user vagrant with sudo'],
  usual: { backend: 'rootfs', why: 'it asks nothing of the machine but a kernel' },
  makesMachine: true,
  check: (here, { provider = 'libvirt' }) => checkTool(here, provider),
  bootstrap,
  async connect(details, here, signal) {
    requireLocal(here, 'vagrant');
    const image = imageOf(details);
    if (image) throw atRest(image);
    const known = detailsOf(details);
    return connectTo(known, `the virtual machine ${basename(known.folder)}`, signal);
  },
  async start(details, here, work) {
    await boot(detailsOf(details), here, work);
    return details;
  },
  async stop(details, here, { progress, signal }) {
    const { folder } = detailsOf(details);
    await stage(progress, 'stop the machine', () => vagrant(here, ['halt'], { folder, signal }));
  },
  state,
  undo,
  find: findMachines,
  describe(details) {
    const image = imageOf(details);
    if (image) return labelOfImage(image);
    const { provider, folder } = detailsOf(details);
    return `the virtual machine of ${provider} in ${folder}`;
  },
  images: {
    freeze: (details, context) => freeze(detailsOf(details), context),
    isImage: (details) => imageOf(details) !== undefined,
  },
};

async function bootstrap(context: OuterContext<VagrantParameters>): Promise<Resource['details']> {
  const { host: here, name, folder, inventory, record, progress, templates, signal } = context;
  requireLocal(here, 'vagrant');
  const token = randomUUID();
  await record({ kind: 'folder', id: folder, token });
  await makeFolder(here, folder, token);
  const image = context.image && vagrantImageSchema.parse(context.image);
  const { provider, ...parameters } = {
    ...context.parameters,
    ...image?.settings,
    ...(image && { provider: image.provider }),
  };
  const box = image?.image ?? (await provideBox(context));
  const { memory, cpus, timeout, kernel, initrd, cmdline } = parameters;
  const libvirt = { driver: parameters.driver ?? (await usualDriver(here)), kernel, initrd, cmdline };
  const text = await renderVagrantfile({ provider, box, memory, cpus, timeout, libvirt }, templates);
  await runOn(here, ['tee', '--', join(folder, 'Vagrantfile')], { input: text });
  const details = { folder, provider, box, token, settings: { memory, cpus, timeout, ...libvirt } };
  await writeMark(folder, { ...details, inventory, resource: name, created: new Date().toISOString() }, here);
  await record(machineEffect(folder, details));
  await boot(details, here, { progress, ...(signal && { signal }) }, { isNew: true });
  return details;
}

/**
 * A processor that is not emulated, where the machine has one to give. A virtual machine may have `/dev/kvm` and a processor
 * that can do nothing with it: a system then stands still before its first word.
 */
async function usualDriver(here: Machine): Promise<'kvm' | 'qemu'> {
  if (!(await here.files.lstat(pathFromText('/dev/kvm')))) return 'qemu';
  const processor = (await here.files.read(pathFromText('/proc/cpuinfo'))).toString('latin1');
  const flags = /^flags\s*:(.*)$/m.exec(processor)?.[1];
  // Other processors than those of x86 do not say it there.
  return flags === undefined || /\b(?:vmx|svm)\b/.test(flags) ? 'kvm' : 'qemu';
}

/** Lets it run, and writes down how it can be reached: its address may be another each time. */
async function boot(
  details: VagrantDetails,
  here: Machine,
  { progress, signal }: OuterWork,
  { isNew = false } = {},
): Promise<void> {
  const { folder, provider } = details;
  await stage(progress, 'start the machine', () =>
    vagrant(here, ['up', '--provider', provider, '--no-provision'], { folder, signal }),
  );
  const said = (await vagrant(here, ['ssh-config'], { folder, signal })).stdout.toString('utf8');
  if (isNew) await letRootIn(said, details, here, signal);
  await writeSettings(said, details, here);
}

async function state(details: Resource['details'], here: Machine): Promise<LiveState> {
  const image = imageOf(details);
  if (image) return (await hasBox(image.image, image.provider, here)) ? 'present' : 'missing';
  const { folder } = detailsOf(details);
  if (!(await here.files.lstat(pathFromText(join(folder, 'Vagrantfile'))))) return 'missing';
  return stateIn((await vagrant(here, ['status', '--machine-readable'], { folder })).stdout.toString('utf8'));
}

async function undo(effect: Effect, here: Machine): Promise<void> {
  if (effect.kind === 'box') return removeBox(effect, here);
  if (!(await isOwnFolder(effect, here))) return;
  if (effect.kind === 'folder') return removeOwnFolder(effect, mappingIn(effect), here);
  if (effect.kind !== 'machine') return;
  await vagrantInTurn(here, ['destroy', '--force'], { folder: effect.id });
  if (effect.at === 'libvirt') await removeDomain(here, `${basename(effect.id)}_default`);
}

/** Of a folder with a system in it. */
function mappingIn({ at }: Effect): IdMapping {
  return at === undefined ? { kind: 'identity' } : idMappingSchema.parse(JSON.parse(at));
}

function detailsOf(details: Resource['details']): VagrantDetails {
  return vagrantDetailsSchema.parse(details);
}

function imageOf(details: Resource['details']): VagrantImage | undefined {
  return vagrantImageSchema.safeParse(details).data;
}
