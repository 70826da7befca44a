import { keepLayer, knownLayer } from './layer-cache.js';
import type { Layer } from './layer-tree.js';
import { type LayerArchive, readLayer } from './layers.js';

/** What layers bring, with the hashes of contents: as it is known, or else read and known from then on. */
export async function* knownOrRead(layers: readonly LayerArchive[], signal?: AbortSignal): AsyncGenerator<Layer, void> {
  for (const archive of layers) {
    const known = await knownLayer(archive.digest);
    const layer = known ?? (await readLayer(archive, { hash: true, signal }));
    if (!known) await keepLayer(archive.digest, layer);
    yield layer;
  }
}
