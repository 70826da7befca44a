import { join } from 'node:path';
import type { ImageFormat } from '../../src/machines/formats/format.js';
import { chooseMapping, removeTree } from '../../src/machines/rootfs/index.js';
import { bootstrap, commit } from './build.js';
import { exportSif } from './export.js';
import { check } from './tool.js';

/** One file of Apptainer or SingularityCE. */
export const sif: ImageFormat = {
  name: 'sif',
  title: 'one file for Apptainer and SingularityCE, which make it',
  suffix: '.sif',
  check: (here) => check(here, { form: 'sif' }),
  // https://github.com/apptainer/sif: the first line is for the kernel.
  matches: async (_file, head) => head.toString('latin1', 32, 41) === 'SIF_MAGIC',
  async write(tree, { file, folder: work, here, resource, progress, signal }) {
    const folder = join(work, 'sif');
    const record = async () => undefined;
    const context = { host: here, record, progress, ...(signal && { signal }) };
    const parameters = { form: 'sif', image: file, nv: false } as const;
    try {
      const details = await bootstrap(tree, { ...context, folder, parameters });
      await commit({ ...resource, details: { ...details } }, context);
    } finally {
      await removeTree(folder, await chooseMapping(here), here);
    }
  },
  async read(file, { folder, here, signal }) {
    const mapping = await chooseMapping(here);
    return exportSif(
      { folder, mapping, form: 'sif', image: file, nv: false, token: '', building: false },
      here,
      signal,
    );
  },
};
