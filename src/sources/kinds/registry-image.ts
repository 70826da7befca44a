import { openHttpClient } from '../../archives/http.js';
import { registryImage } from '../../archives/registry/image.js';
import { parseReference } from '../../archives/registry/reference.js';
import { imageMachine } from '../../machines/images/image.js';
import { knownOrRead } from '../../machines/images/known-layers.js';
import { localMachine } from '../../machines/local.js';
import { credentialsFor } from '../../machines/registry-credentials.js';
import { imageSource } from '../image-source.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';

/** An image of a registry, had without an engine: of layers that are known only the documents are fetched. */
export async function openRegistrySource(rest: string, options: OpenOptions): Promise<OpenSource> {
  const { text, platform, signal } = options;
  const reference = parseReference(rest);
  await using here = await localMachine();
  const credentials = await credentialsFor(`${reference.host}/${reference.name}`, here);
  const http = openHttpClient();
  try {
    const image = await registryImage({ http, reference, credentials, platform, signal });
    return imageSource(
      {
        ...image,
        layers: () => knownOrRead(image.layers, signal),
        archives: async () => image.layers,
        machine: () => imageMachine(async () => image, { label: text, signal }),
        dispose: async () => http[Symbol.dispose](),
      },
      options,
    );
  } catch (error) {
    http[Symbol.dispose]();
    throw error;
  }
}
