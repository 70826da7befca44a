import { ReproError } from '../errors.js';
import { openSource } from '../sources/open.js';
import type { OpenSource, ReadOptions, Source, SourceLayer } from '../sources/source.js';

/** The layers of two images, the lowest first; a source that has none is an error. */
export async function readLayers(
  [one, other]: readonly [Source, Source],
  options: Omit<ReadOptions, 'hash'>,
): Promise<[SourceLayer[], SourceLayer[]]> {
  return [await layersFrom(one, options), await layersFrom(other, options)];
}

async function layersFrom(source: Source, options: Omit<ReadOptions, 'hash'>): Promise<SourceLayer[]> {
  await using open = await openSource(source, { ...options, hash: true, packages: false });
  return layersOf(open, source);
}

/** Those of a source that is open. */
export async function layersOf(open: OpenSource, { name }: Source): Promise<SourceLayer[]> {
  if (!open.layers) {
    throw new ReproError('usage', 'this has no layers', {
      where: name,
      remedy: 'give an image, or compare it as a whole: -t file, -t size',
    });
  }
  const layers: SourceLayer[] = [];
  for await (const layer of open.layers()) layers.push(layer);
  return layers;
}
