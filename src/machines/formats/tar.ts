import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decompressed, mostOf } from '../../filesystem/decompressed.js';
import type { ImageFormat } from './format.js';
import { firstMember } from './tar-head.js';

/** The files alone. */
export const tarFormat: ImageFormat = {
  name: 'tar',
  title: 'the files in a tar, the same bytes for the same environment',
  suffix: '.tar',
  matches: async (_file, head) => (await firstMember(head)) !== undefined,
  write: (tree, { file, signal }) =>
    pipeline(tree, createWriteStream(file, { flags: 'wx' }), ...(signal ? [{ signal }] : [])),
  async read(file) {
    const { size } = await stat(file);
    const content = createReadStream(file, { highWaterMark: 1 << 18 });
    return Readable.from(decompressed(content, mostOf(size), file), { objectMode: false }).once('close', () =>
      content.destroy(),
    );
  },
};
