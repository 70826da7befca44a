import { ReproError } from '../errors.js';
import type { LiveState } from '../model/resource.js';
import { findReady, type OpenOptions, shownIn } from './connect.js';
import type { Place } from './place.js';

/** What became of a resource that was to start or stop. */
export interface Running {
  readonly name: string;
  readonly backend: string;
  /** Absent where its backend cannot tell. */
  readonly state?: LiveState;
}

/** Lets a resource run until it is stopped; one of which nothing ever runs by itself is left as it is. */
export async function startResource(name: string, { warn, ...options }: OpenOptions): Promise<Running> {
  await using place = await findReady(name, options);
  const { resource, backend, host } = place;
  const present = await refuseMissing(place);
  if (!backend.start) return running(place, present);
  await backend.start(resource, host, { hostFiles: (await shownIn(place, warn)).hostFiles, warn });
  return running(place, await backend.state?.(resource, host));
}

/** Ends all that runs in a resource. */
export async function stopResource(name: string, options: Pick<OpenOptions, 'host' | 'inventory'>): Promise<Running> {
  await using place = await findReady(name, options);
  const { resource, backend, host } = place;
  const present = await refuseMissing(place);
  if (!backend.stop) return running(place, present);
  await backend.stop(resource, host);
  return running(place, await backend.state?.(resource, host));
}

/** For people: what to know of a state that was asked for. */
export function describeRunning({ name, backend, state }: Running): string {
  if (state === 'running' || state === 'stopped') return `'${name}' is ${state}`;
  return `'${name}' is there whenever it is used: nothing of it runs by itself on ${backend}`;
}

/** What was removed behind our back can neither start nor stop. */
async function refuseMissing({
  resource: { name, spec },
  backend,
  resource,
  host,
}: Place): Promise<LiveState | undefined> {
  const state = await backend.state?.(resource, host);
  if (state !== 'missing') return state;
  throw new ReproError('not-ready', `the resource '${name}' is gone from where it was`, {
    where: await backend.describe(resource, host),
    remedy: `forget it with: reproman delete ${name}; make it again with: reproman create --name ${name} ${spec}`,
  });
}

function running({ resource: { name, backend } }: Place, state: LiveState | undefined): Running {
  return { name, backend, ...(state && { state }) };
}
