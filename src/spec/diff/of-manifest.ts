import { loadDistribution } from '../../distributions/load.js';
import type { Named } from '../../packaging/distribution.js';
import type { Requests } from '../../packaging/requests.js';
import type { Manifest } from '../document/schema.js';
import type { RequestedPackage } from './comparable.js';

type Half = Manifest['distributions'][number];

/** All that a manifest asks for, of every distribution: by the names of fields that these share. */
export async function requestsOfManifest(halves: readonly Half[]): Promise<RequestedPackage[]> {
  const found = await Promise.all(
    halves.map(async (half) => {
      const requests = (await loadDistribution(half.name))?.requests;
      return placesOf(half).flatMap(({ at, items }) => items.map((item) => requestOf(half.name, item, at, requests)));
    }),
  );
  return found.flat();
}

interface Place {
  readonly at?: string;
  readonly items: readonly unknown[];
}

/** Lists of packages, each with the place that they are for; repositories are places that are packages themselves. */
function placesOf(half: Half): Place[] {
  return Object.entries(half).flatMap(([key, value]): Place[] => {
    if (!Array.isArray(value)) return [];
    if (key === 'packages') return [{ items: value }];
    return value.flatMap((each: unknown): Place[] => {
      if (each === null || typeof each !== 'object') return [];
      const { path, packages } = each as { path?: unknown; packages?: unknown };
      if (typeof path !== 'string') return [];
      return [{ at: path, items: Array.isArray(packages) ? packages : [each] }];
    });
  });
}

function requestOf(
  distribution: string,
  item: unknown,
  at: string | undefined,
  requests: Requests<Named> | undefined,
): RequestedPackage {
  const common = { distribution, origins: [], content: {}, details: {}, ...(at !== undefined && { at }) };
  if (typeof item !== 'string') return { ...common, ...named(item as Readonly<Record<string, unknown>>) };
  const request = requests?.parse(item);
  if (!requests || !request) return { ...common, name: item, text: item, allows: () => true };
  const { version, architecture } = requests.pins(request.text);
  const name = architecture === undefined ? request.name : request.name.replace(`:${architecture}`, '');
  const constraint = version === undefined ? request.text.slice(request.name.length) : '';
  return {
    ...{ ...common, name, text: request.text },
    ...(version !== undefined && { version }),
    ...(architecture !== undefined && { architecture }),
    ...(constraint !== '' && { constraint }),
    allows: (installed) => requests.allows(request.text, installed),
  };
}

/** What is written with fields of its own: a folder that is a package, or a repository. */
function named(item: Readonly<Record<string, unknown>>): Omit<RequestedPackage, 'distribution' | 'content'> {
  const text = (field: string) => (typeof item[field] === 'string' ? (item[field] as string) : undefined);
  const at = text('path');
  const name = text('name') ?? at?.replace(/^.*\//, '') ?? '';
  const version = text('version') ?? text('commit') ?? text('revision');
  const ref = text('ref');
  const { changed, branch, dataset } = item;
  const details = Object.entries({ changed, branch, dataset }).filter(([, value]) => value !== undefined);
  return {
    ...{ name, details: Object.fromEntries(details) },
    text: [name, version ?? ref, at].filter((part) => part !== undefined).join(' '),
    ...(at !== undefined && { at }),
    ...(version !== undefined && { version }),
    ...(version === undefined && ref !== undefined && { constraint: ` at ${ref}` }),
    origins: [text('url') ?? []].flat(),
    allows: (installed) => version === undefined || installed.version === version,
  };
}
