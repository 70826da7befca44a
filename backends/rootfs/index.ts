import { refuseMountedElsewhere } from '../../src/machines/rootfs/index.js';
import type { Backend } from '../backend.js';
import { treeBackend } from '../tree-backend.js';
import { checkSquash, chooseOverlay, commit } from './one-file.js';
import { rootfsParameters } from './parameters.js';

const tree = treeBackend({ name: 'rootfs', title: 'a folder, entered with user namespaces' });

/** A folder on the host, entered with namespaces: no daemon, and no right that an ordinary user lacks. */
export const rootfs: Backend<typeof rootfsParameters> = {
  ...tree,
  parameters: rootfsParameters,
  async check(host, { form }) {
    const readiness = await tree.check(host);
    return readiness.ready && form === 'squashfs' ? checkSquash(host) : readiness;
  },
  async bootstrap(base, context) {
    const { form, ...parameters } = context.parameters;
    const details = await tree.bootstrap(base, { ...context, parameters });
    if (form === 'folder') return details;
    return { ...details, image: { overlay: await chooseOverlay(details, context.host), isPacked: false } };
  },
  commit,
  keepsTree: true,
  naming: {
    ...tree.naming,
    async rename(from, to, host) {
      await refuseMountedElsewhere(from.id, host);
      await tree.naming.rename(from, to, host);
    },
  },
  async undo(effect, host) {
    if (effect.kind === 'tree') await refuseMountedElsewhere(effect.id, host);
    await tree.undo(effect, host);
  },
};
