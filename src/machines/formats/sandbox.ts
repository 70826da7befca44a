import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseMapping, packTree, unpackTree } from '../rootfs/index.js';
import type { ImageFormat } from './format.js';

/** A folder with the tree in it, owners and all, as Apptainer's sandboxes and chroots are. */
export const sandboxFormat: ImageFormat = {
  name: 'sandbox',
  title: 'a folder with the files, for chroot and for singularity exec',
  suffix: '',
  matches: async (file) =>
    stat(join(file, 'usr')).then(
      (found) => found.isDirectory(),
      () => false,
    ),
  write: async (tree, { file, here }) => unpackTree(tree, file, await chooseMapping(here), here),
  read: async (file, { here }) => packTree(file, await chooseMapping(here), here),
};
