import { ReproError } from '../errors.js';
import { openSource } from '../sources/open.js';
import type { ReadOptions, Source, SourceLayer } from '../sources/source.js';

/** The layers of two images, the lowest first; a source that has none is an error. */
export async function readLayers(
  [one, other]: readonly [Source, Source],
  options: Omit<ReadOptions, 'hash'>,
): Promise<[SourceLayer[], SourceLayer[]]> {
  return [await layersOf(one, options), await layersOf(other, options)];
}

async function layersOf(source: Source, options: Omit<ReadOptions, 'hash'>): Promise<SourceLayer[]> {
  await using open = await openSource(source, { ...options, hash: true, packages: false });
  if (!open.layers) {
    throw new ReproError('usage', 'this has no layers to compare', {
      where: source.name,
      remedy: 'give an image, or compare it as a whole: -t file, -t size',
    });
  }
  const layers: SourceLayer[] = [];
  for await (const layer of open.layers()) layers.push(layer);
  return layers;
}
