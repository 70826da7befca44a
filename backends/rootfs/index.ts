import type { Backend } from '../backend.js';
import { treeBackend } from '../tree-backend.js';
import type { treeParameters } from '../tree-details.js';

/** A folder on the host, entered with namespaces: no daemon, and no right that an ordinary user lacks. */
export const rootfs: Backend<typeof treeParameters> = treeBackend({
  name: 'rootfs',
  title: 'a folder, entered with user namespaces',
});
