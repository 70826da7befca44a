import { join } from 'node:path';
import { Readable } from 'node:stream';
import { idMappingSchema, insideMapping } from '../../src/machines/id-mapping.js';
import type { Machine } from '../../src/machines/machine.js';
import { removeTree, tarTree } from '../../src/machines/rootfs.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { Effect, LiveState, Resource } from '../../src/model/resource.js';
import type { Backend, Naming } from '../backend.js';
import { isOwnFolder, removeOwnFolder, renameOwnFolder } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { bootstrap, commit, detailsOf, fakeroot, imageOf, removeImage } from './build.js';
import { connect, connectCopy, isStarted, start, stop } from './connect.js';
import { type SingularityDetails, singularityParameters } from './parameters.js';
import { check, findTool, runTool } from './tool.js';
import { endAll, newWork } from './work.js';

/** The folder that is called after the resource; a SIF that the user chose the name of keeps it. */
const naming: Naming = {
  renamed({ details, effects }, _from, to) {
    return {
      details: { ...details, folder: to.folder },
      effects: effects.flatMap((effect) => (effect.kind === 'tree' ? [[effect, { ...effect, id: to.folder }]] : [])),
    };
  },
  rename: renameOwnFolder,
};

/** An image of Apptainer or SingularityCE, built and entered as an ordinary user. */
export const singularity: Backend<typeof singularityParameters> = {
  name: 'singularity',
  title: 'Apptainer or SingularityCE: a SIF, or a sandbox',
  parameters: singularityParameters,
  check,
  bootstrap,
  commit,
  connect,
  connectCopy,
  exportTree,
  // What is shown of the host is bound over what is there, or in an overlay that goes.
  mountPoints: async () => new Set(),
  start,
  stop,
  state,
  naming,
  undo,
  describe: async (resource, host) => `${imageOf(detailsOf(resource))} (${await state(resource, host)})`,
  async size(resource, host) {
    const details = detailsOf(resource);
    const inside = insideMapping(details.mapping);
    const { stdout } = await runOn(host, [...inside, 'du', '-s', '--block-size=1', '--', imageOf(details)]);
    return Number.parseInt(stdout.toString('latin1'), 10) || 0;
  },
};

async function state(resource: Resource, host: Machine): Promise<LiveState> {
  const details = detailsOf(resource);
  if (!(await host.files.lstat(pathFromText(imageOf(details))))) return 'missing';
  return (await isStarted(details, host)) ? 'running' : 'present';
}

async function exportTree(resource: Resource, host: Machine, signal?: AbortSignal): Promise<Readable> {
  const details = detailsOf(resource);
  if (details.building || details.form === 'sandbox') return tarTree(imageOf(details), details.mapping, host);
  return exportSif(details, host, signal);
}

/** A SIF is unpacked for the purpose: only so are the owners in it seen. */
async function exportSif(details: SingularityDetails, host: Machine, signal?: AbortSignal): Promise<Readable> {
  const { mapping, folder } = details;
  const tool = await findTool(host);
  const work = await newWork(folder, tool, mapping, host);
  const tree = join(work, 'tree');
  const remove = () => removeTree(work, mapping, host);
  try {
    await runOn(host, ['mkdir', '-p', '--', join(work, 'tmp')]);
    const asRoot = fakeroot(mapping) ? ['--fakeroot'] : [];
    const build = ['--silent', 'build', ...asRoot, '--sandbox', tree, imageOf(details)];
    await runTool(host, tool, work, build, signal ? { signal } : {});
  } catch (error) {
    await remove();
    throw error;
  }
  return thenRemove(tarTree(tree, mapping, host), remove);
}

/** The stream, which does not end before what it was made from is gone. */
function thenRemove(tar: Readable, remove: () => Promise<void>): Readable {
  async function* chunks() {
    try {
      yield* tar;
    } finally {
      tar.destroy();
      await remove();
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}

async function undo(effect: Effect, host: Machine): Promise<void> {
  if (effect.kind === 'image') return removeImage(effect, host);
  if (effect.kind !== 'tree' || effect.at === undefined || !(await isOwnFolder(effect, host))) return;
  const mapping = idMappingSchema.parse(JSON.parse(effect.at));
  await endAll(effect.id, mapping, host);
  await removeOwnFolder(effect, mapping, host);
}
