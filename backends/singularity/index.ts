import type { Machine } from '../../src/machines/machine.js';
import { idMappingSchema, insideMapping } from '../../src/machines/rootfs/id-mapping.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { Effect, LiveState, Resource } from '../../src/model/resource.js';
import type { Backend, Naming } from '../backend.js';
import { isOwnFolder, removeOwnFolder, renameOwnFolder } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { bootstrap, commit, detailsOf, imageOf, removeImage } from './build.js';
import { connect, connectCopy, isStarted, start, stop } from './connect.js';
import { exportTree } from './export.js';
import { freeze, instantiate } from './images.js';
import { singularityParameters } from './parameters.js';
import { check } from './tool.js';
import { endAll } from './work.js';

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
  support: ['/.singularity.d', '/.exec', '/.run', '/.shell', '/.test', '/environment', '/singularity'],
  check,
  bootstrap,
  commit,
  instantiate,
  freeze,
  connect,
  connectCopy,
  exportTree,
  // What is shown of the host is bound over what is there, or in an overlay that goes.
  mountPoints: async () => new Set(),
  fixed: (resource) => (detailsOf(resource).form === 'sif' ? 'what is changed in a SIF goes again' : undefined),
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

async function undo(effect: Effect, host: Machine): Promise<void> {
  if (effect.kind === 'image') return removeImage(effect, host);
  if (effect.kind !== 'tree' || effect.at === undefined || !(await isOwnFolder(effect, host))) return;
  const mapping = idMappingSchema.parse(JSON.parse(effect.at));
  await endAll(effect.id, mapping, host);
  await removeOwnFolder(effect, mapping, host);
}
