import { z } from 'zod';
import { treeParameters } from '../tree-details.js';

/** What a user may say with `-b key=value`. */
export const rootfsParameters = treeParameters.extend({
  form: z
    .enum(['folder', 'squashfs'])
    .default('folder')
    .describe('a tree of files, or one file with what is written since in a folder beside it (default: folder)'),
});
