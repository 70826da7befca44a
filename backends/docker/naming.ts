import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { ifThere, withEngine } from '../../src/machines/engine/index.js';
import { defaultImage } from '../../src/model/image-name.js';
import type { Effect } from '../../src/model/resource.js';
import type { Naming, Renamed } from '../backend.js';
import { containerName, splitTag } from './names.js';
import { dockerDetailsSchema } from './parameters.js';
import { isMarked } from './undo.js';

/** The container, and the image where the user chose no name for it. Labels stay: the token in them is what tells. */
export const naming: Naming = {
  renamed({ details: stored, effects }, from, to): Renamed {
    const details = dockerDetailsSchema.parse(stored);
    const image = details.image === defaultImage(from.name) ? defaultImage(to.name) : details.image;
    const container = containerName(to.name);
    const names = new Map([
      [details.image, image],
      [details.container, container],
    ]);
    const changed = effects.flatMap((effect): (readonly [Effect, Effect])[] => {
      const id = names.get(effect.id) ?? effect.id;
      return id === effect.id ? [] : [[effect, { ...effect, id }]];
    });
    return { details: { ...details, image, container }, effects: changed };
  },
  async rename(from, to, host) {
    const { at } = from;
    if (at === undefined) return;
    await withEngine(host, at, (engine) =>
      (from.kind === 'container' ? renameContainer : renameImage)(engine, from, to),
    );
  },
};

async function renameContainer(engine: Docker, from: Effect, to: Effect): Promise<void> {
  const container = engine.getContainer(from.id);
  if (!isMarked(await ifThere(container.inspect()), from.token)) return;
  if (await ifThere(engine.getContainer(to.id).inspect())) throw taken('container', to.id);
  await container.rename({ name: to.id });
}

/** An image may have both names for a moment. */
async function renameImage(engine: Docker, from: Effect, to: Effect): Promise<void> {
  const image = engine.getImage(from.id);
  if (!isMarked(await ifThere(image.inspect()), from.token)) return;
  const present = await ifThere(engine.getImage(to.id).inspect());
  if (present && !isMarked(present, from.token)) throw taken('image', to.id);
  const [repo, tag] = splitTag(to.id);
  if (!present) await image.tag({ repo, tag });
  await ifThere(image.remove());
}

function taken(what: string, id: string): ReproError {
  return new ReproError('usage', `the Docker engine has another ${what} that is called '${id}'`, {
    remedy: 'choose another name',
  });
}
