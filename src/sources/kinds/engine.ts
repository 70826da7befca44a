import type { Readable } from 'node:stream';
import { openEngineTree } from '../../machines/engine/tree.js';
import { environmentOf } from '../../machines/images/image.js';
import { imageSource } from '../image-source.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';
import { tarTreeSource } from '../tar-tree.js';

/** A container of the Docker engine as it is now, or else an image of that name. */
export async function openEngineSource(name: string, options: OpenOptions): Promise<OpenSource> {
  const { text, packages = false, signal } = options;
  const found = await openEngineTree(name, { label: text, contents: packages, signal });
  if (found.kind === 'image') return imageSource(found.image, options);
  const environment = environmentOf({ config: { Env: found.environment }, rootfs: { diff_ids: [] } });
  return tarTreeSource({ where: text, open: (): Promise<Readable> => found.open(), facts: { environment } }, options);
}
