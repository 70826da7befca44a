import { ReproError } from '../../errors.js';
import { localMachine } from '../../machines/local.js';
import { openInventory } from '../../resources/inventory.js';
import { withoutMountPoints } from '../../resources/mount-points.js';
import { openPlace } from '../../resources/place.js';
import { resourceNamePattern } from '../../resources/schema.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';
import { tarTreeSource } from '../tar-tree.js';

/** A resource's files as they are now. */
export async function openResourceSource(name: string, options: OpenOptions, usage: string): Promise<OpenSource> {
  const resource = resourceNamePattern.test(name) ? await openInventory().get(name) : undefined;
  if (!resource) throw unknownSource(name, usage);
  const { signal } = options;
  const here = await localMachine();
  const place = await openPlace(resource, here, signal);
  const { backend, host } = place;
  const source = tarTreeSource(
    {
      where: `'${name}'`,
      open: () => backend.exportTree(resource, host, signal),
      entries: async function* (entries) {
        yield* withoutMountPoints(entries, await backend.mountPoints(resource, host));
      },
    },
    options,
  );
  return {
    ...source,
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
      await here[Symbol.asyncDispose]();
    },
  };
}

function unknownSource(text: string, usage: string): ReproError {
  return new ReproError('usage', `${JSON.stringify(text)} is no file, and no resource has that name`, {
    remedy: `give ${usage}`,
  });
}
