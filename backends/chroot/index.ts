import { endProcessesIn, runsIn } from '../../src/machines/rootfs/index.js';
import type { Backend } from '../backend.js';
import { treeBackend } from '../tree-backend.js';
import { treeDetailsSchema, treeOfEffect, type treeParameters } from '../tree-details.js';

const tree = treeBackend({
  name: 'chroot',
  title: 'a folder, entered by chroot: its programs share all but the files with the machine',
  shared: true,
});

/** A folder on the host whose programs are programs of the host: they go on when who started them is gone. */
export const chroot: Backend<typeof treeParameters> = {
  ...tree,
  async state(resource, host) {
    const state = await tree.state(resource, host);
    if (state === 'missing') return state;
    return (await runsIn(treeDetailsSchema.parse(resource.details).tree, host)) ? 'running' : state;
  },
  stop: async ({ details }, host) => endProcessesIn(treeDetailsSchema.parse(details).tree, host),
  async undo(effect, host) {
    const path = treeOfEffect(effect);
    if (path !== undefined) await endProcessesIn(path, host);
    await tree.undo(effect, host);
  },
};
