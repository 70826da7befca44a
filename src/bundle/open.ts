import { join, resolve } from 'node:path';
import type { ContentFolder } from '../archives/store.js';
import type { Progress } from '../model/progress.js';
import { scratchFolder } from '../scratch.js';
import { readSpecification, unreadableSpec } from '../spec/read.js';
import type { Specification } from '../spec/specification.js';
import { manifestName } from './format.js';
import { isBundle, unpackBundle } from './read.js';

/** A spec that is read; of a bundle it is unpacked for as long as this is not disposed of. */
export interface OpenSpecification extends AsyncDisposable {
  readonly spec: Specification;
}

export interface OpenOptions {
  /** Where a bundle's artifacts go, for a build; without it only the spec is unpacked. */
  readonly store?: ContentFolder;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Reads an `environment.yml` or a bundle, whichever the file is. */
export async function openSpecification(file: string, options: OpenOptions = {}): Promise<OpenSpecification> {
  const path = resolve(file);
  const isPacked = await isBundle(path).catch((error: unknown) => {
    throw unreadableSpec(path, file, error);
  });
  if (!isPacked) {
    return { spec: await readSpecification(path), [Symbol.asyncDispose]: async () => undefined };
  }
  const folder = await scratchFolder('bundle');
  try {
    await unpackBundle(path, { ...options, folder: folder.path });
    const spec = await readSpecification(join(folder.path, manifestName));
    return { spec, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
