import type Docker from 'dockerode';
import { engineAddressOn } from '../../src/machines/engine/address.js';
import { withEngine } from '../../src/machines/engine/index.js';
import type { Machine } from '../../src/machines/machine.js';
import type { Marked } from '../backend.js';
import { labels, type Role } from './containers.js';
import type { DockerParameters } from './parameters.js';

type Images = readonly Docker.ImageInfo[];

/**
 * What carries our mark on an engine and can be nobody else's: containers, and images that containers are built from. An
 * image hands its labels on to what the user makes of it, so that one under a name of the user's choice is left.
 */
export async function find(host: Machine, parameters: DockerParameters): Promise<readonly Marked[]> {
  const at = engineAddressOn(host, parameters.host);
  return withEngine(host, at, async (engine) => {
    const filters = { label: [labels.token] };
    const containers = await engine.listContainers({ all: true, filters });
    const images: Images = await engine.listImages({ filters });
    return [...containersIn(containers, at), ...layersIn(images, at), ...basesIn(images, at)];
  });
}

/** Layers that the engine shows by themselves: of what is made of another it does not. */
export async function findLayers(host: Machine, parameters: DockerParameters): Promise<readonly Marked[]> {
  const at = engineAddressOn(host, parameters.host);
  const filters = { label: [labels.token, labels.layer], dangling: ['true'] };
  return withEngine(host, at, async (engine) => layersIn(await engine.listImages({ filters }), at));
}

const roles: readonly string[] = ['resource', 'building', 'copy'] satisfies readonly Role[];

/** Those that we made ourselves: a user's own container of an image has the role of that. */
export function containersIn(found: readonly Docker.ContainerInfo[], at: string): Marked[] {
  return found
    .filter(({ Labels: each }) => roles.includes(each[labels.role] ?? ''))
    .flatMap(({ Id: id, Labels: each, Created: made }) => marked({ kind: 'container', id, at, labels: each, made }));
}

/** Those whose name ends with the token that they carry. */
export function basesIn(found: Images, at: string): Marked[] {
  return found.flatMap(({ RepoTags: names, Labels: each, Created: made }) => {
    const id = names?.find((name) => name.endsWith(`:base-${each?.[labels.token]?.slice(0, 8)}`));
    return id === undefined || !each ? [] : marked({ kind: 'base', id, at, labels: each, made });
  });
}

/** Those without a name; what is made of one has no key. */
export function layersIn(found: Images, at: string): Marked[] {
  return found.flatMap(({ RepoTags: names, Labels: each, Created: made }) => {
    const key = each?.[labels.layer];
    // Older engines have a name for what has none.
    const isNamed = names?.some((name) => name !== '<none>:<none>');
    return isNamed || !key ? [] : marked({ kind: 'layer', id: key, at, labels: each, made });
  });
}

interface Found {
  readonly kind: string;
  readonly id: string;
  readonly at: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly made: number;
}

function marked({ kind, id, at, labels: found, made }: Found): Marked[] {
  const token = found[labels.token];
  if (token === undefined) return [];
  const created = new Date(made * 1000).toISOString();
  const of = { inventory: found[labels.inventory] ?? '', resource: found[labels.resource] ?? '' };
  return [{ effect: { kind, id, at, token }, ...of, created }];
}
