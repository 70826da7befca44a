import { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { movedTar } from '../../filesystem/canonical-tar.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { Resource } from '../../model/resource.js';
import type { LockedSpecification, Specification } from '../../spec/specification.js';
import { withoutMountPoints } from '../mount-points.js';
import { readOwnSpec } from '../own-spec.js';
import type { Place } from '../place.js';
import type { TreeSource } from '../tree-source.js';

/** A resource as what another is made of: its files at rest, without what its engine put there. */
export function resourceSource({ resource, backend, host }: Place): TreeSource {
  return {
    label: `'${resource.name}'`,
    async open(signal) {
      const points = await backend.mountPoints(resource, host);
      const tree = await backend.exportTree(resource, host, signal);
      const tar = Readable.from(movedTar(withoutMountPoints(tarMembers(tree), points)), { objectMode: false });
      return tar.once('close', () => tree.destroy());
    },
    inherited: inheritedOf(resource),
  };
}

/** What stands in for packages stays so wherever the tree goes. */
export function inheritedOf({ substitutes }: Resource): Pick<Resource, 'substitutes'> {
  return substitutes ? { substitutes } : {};
}

/** The spec of a resource, which one that is made of it has, too. */
export async function lockedSpecOf(resource: Resource): Promise<LockedSpecification> {
  return locked(await readOwnSpec(resource));
}

export function locked(spec: Specification): LockedSpecification {
  if (spec.lock) return { ...spec, lock: spec.lock };
  throw new ReproError('usage', 'the spec has no lock, and so it is not known what the environment has', {
    where: spec.file,
    remedy: 'name the environment.yml that the environment was made of, with its environment.d beside it',
  });
}
