import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { ifThere, statusOf, withEngine } from '../../src/machines/engine/index.js';
import type { Begun, BootstrapContext, Layering } from '../backend.js';
import { createBuilding, newDetails } from './bootstrap.js';
import { bringToRest, labels, ownLabels } from './containers.js';
import { findLayers } from './find.js';
import { detailsOf } from './lifecycle.js';
import { buildingName } from './names.js';
import { refuseNamesakes } from './namesakes.js';
import type { DockerDetails, DockerParameters, dockerParameters } from './parameters.js';
import { type PulledImage, pull } from './registry.js';

/** Images without a name, each the parent of the next: they go with the last image that is made of them. */
export const layers: Layering<typeof dockerParameters> = {
  begin,
  find: findLayers,
  async add(resource, { key, kind }, { host, record }) {
    const details = detailsOf(resource);
    const { engine: address, token } = details;
    const { name } = resource;
    await withEngine(host, address, async (engine) => {
      const container = engine.getContainer(buildingName(name));
      await bringToRest(engine, container);
      await record({ kind: 'layer', id: key, at: address, token });
      const made = await container.commit({
        _query: { container: container.id, comment: kind, pause: false },
        _body: { Labels: labelsOf(name, details, { key, kind }) },
      });
      await container.remove({ force: true, v: true });
      // Again, as what is recorded last is what the engine may still be making when we are killed.
      await record({ kind: 'container', id: buildingName(name), at: address, token });
      await createBuilding(engine, name, String((made as { Id: string }).Id), details);
    });
  },
};

async function begin(keys: readonly string[], context: BootstrapContext<DockerParameters>): Promise<Begun | undefined> {
  const { name, host, record } = context;
  const details = newDetails(context);
  const { engine: address, token } = details;
  return withEngine(host, address, async (engine) => {
    const ready = await readyBase(engine, context);
    if (ready) {
      await refuseNamesakes(engine, details, name);
      await record({ kind: 'container', id: buildingName(name), at: address, token });
      await createBuilding(engine, name, ready.id, details);
      return { details: { ...details, base: ready.id }, at: 0, from: ready.digest ?? ready.id };
    }
    for (const [at, key] of [...keys.entries()].reverse()) {
      const base = await layerOf(engine, [`${labels.layer}=${key}`]);
      if (base === undefined) continue;
      await refuseNamesakes(engine, details, name);
      await record({ kind: 'container', id: buildingName(name), at: address, token });
      try {
        await createBuilding(engine, name, base, details);
        return { details: { ...details, base }, at };
      } catch (error) {
        // It was just removed with all that was made of it.
        if (statusOf(error) !== 404) throw error;
      }
    }
    return undefined;
  });
}

/** What the user wants instead of a base that is made of its packages, which is the way out where the table has none. */
async function readyBase(
  engine: Docker,
  context: BootstrapContext<DockerParameters>,
): Promise<PulledImage | undefined> {
  const { parameters, native, progress } = context;
  const { base = 'packages' } = parameters;
  if (base === 'packages') return undefined;
  if (base !== 'image') return pull(engine, base, context);
  const tell = (why: string) => {
    progress({ kind: 'note', message: `the base is made of its packages: ${why}` });
    return undefined;
  };
  if (native === undefined) return tell('the table of bases has no image of it');
  try {
    return await pull(engine, native, context);
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!(error instanceof ReproError)) throw error;
    return tell(error.message);
  }
}

/** Removes a layer that nothing is made of any more. */
export async function removeLayer(engine: Docker, key: string, token: string): Promise<void> {
  const id = await ownLayer(engine, key, token);
  if (id !== undefined) await removeUnused(engine.getImage(id));
}

/** The layer of that key with that token. */
export function ownLayer(engine: Docker, key: string, token: string): Promise<string | undefined> {
  return layerOf(engine, [`${labels.layer}=${key}`, `${labels.token}=${token}`]);
}

/** What others are made of goes with the last of them. */
export async function removeUnused(image: Docker.Image): Promise<void> {
  try {
    await ifThere(image.remove());
  } catch (error) {
    // 409: something is made of it.
    if (statusOf(error) !== 409) throw error;
  }
}

async function layerOf(engine: Docker, label: readonly string[]): Promise<string | undefined> {
  const [found] = await engine.listImages({ all: true, filters: { label: [...label] } });
  return found?.Id;
}

function labelsOf(
  resource: string,
  details: DockerDetails,
  { key, kind }: { readonly key: string; readonly kind: string },
) {
  return { ...ownLabels({ ...details, resource }, 'image'), [labels.layer]: key, [labels.kind]: kind };
}
