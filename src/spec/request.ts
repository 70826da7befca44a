import { loadBase, requireBase } from '../distributions/base-of.js';
import { loadDistribution } from '../distributions/load.js';
import { distributions } from '../distributions/registry.js';
import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { isoDate } from '../model/epoch.js';
import type { Progress } from '../model/progress.js';
import type { Base } from '../packaging/base-system.js';
import type { DistributionModule, Named, RequestContext } from '../packaging/distribution.js';
import { type Manifest, specVersion } from './document/schema.js';
import { draftSpecification, type FinishedHalf, type PublishedSpec } from './write.js';

export interface RequestOptions {
  /** The spec to write. */
  readonly output: string;
  /** Where archives are asked from. */
  readonly host: Machine;
  /** `debian:12` or `debian:bookworm`; default: what this machine is. */
  readonly on?: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Writes an exact spec from packages that people name, `jq`, `hello>=2.10` or `python:numpy==1.26.4`: what is not of
 * another distribution is the base's.
 */
export async function requestSpecification(
  requests: readonly string[],
  { output, host, on, progress, signal }: RequestOptions,
): Promise<PublishedSpec> {
  const base = await baseNamed(on, host, signal);
  const asked = byDistribution(requests, base);
  const modules = await Promise.all([...asked.keys()].map(requireModule));
  const halves: FinishedHalf[] = [];
  const manifests: Manifest['distributions'] = [];
  for (const module of modules) {
    const names = asked.get(module.name) ?? [];
    const half = checkedHalf(module, names, { base, below: halves.map(({ lock }) => lock) });
    const resolved = await module.resolve(half, { base, host, progress, ...(signal ? { signal } : {}) });
    halves.push({ lock: resolved.lock, epoch: resolved.epoch ?? 0 });
    manifests.push({ ...(module.exact?.(resolved.lock) ?? half) });
  }
  const epoch = isoDate(Math.max(0, ...halves.map((half) => half.epoch)));
  await using draft = await draftSpecification(output);
  return await draft.publish(
    { version: specVersion, base, distributions: manifests, files: [], runs: [], epoch },
    halves,
  );
}

async function baseNamed(on: string | undefined, host: Machine, signal: AbortSignal | undefined): Promise<Base> {
  if (on === undefined) return requireBase(host, signal);
  const [distribution = '', release] = on.split(':');
  const { base } = await loadBase(distribution, '--on');
  const named = release === undefined ? undefined : base.release?.(release);
  if (!named) {
    throw new ReproError('usage', `there is no release ${JSON.stringify(release ?? '')} of ${distribution}`, {
      where: `--on ${on}`,
      remedy: 'name it as in debian:12 or debian:bookworm',
    });
  }
  const { architecture } = await requireBase(host, signal);
  return { distribution, ...named, architecture, layout: 'merged-usr' };
}

/** From the ground up, the base first whether anything is asked of it or not. */
function byDistribution(requests: readonly string[], base: Base): Map<string, string[]> {
  const asked = new Map<string, string[]>([[base.distribution, []]]);
  for (const name of Object.keys(distributions)) asked.set(name, asked.get(name) ?? []);
  for (const request of requests) {
    const [, prefix, rest] = /^([a-z][a-z0-9-]*):(.+)$/.exec(request) ?? [];
    // An architecture may follow a colon too: `libc6:i386`.
    const isKind = prefix !== undefined && rest !== undefined && asked.has(prefix);
    const names = asked.get(isKind ? prefix : base.distribution);
    names?.push(isKind ? rest : request);
  }
  return new Map([...asked].filter(([name, names]) => name === base.distribution || names.length > 0));
}

/** A module that makes a lock from names. */
type Resolving = DistributionModule & Required<Pick<DistributionModule, 'request' | 'resolve'>>;

async function requireModule(name: string): Promise<Resolving> {
  const module = await loadDistribution(name);
  if (module && isResolving(module)) return module;
  throw cannotBeNamed(module?.title ?? name, name);
}

function isResolving(module: DistributionModule): module is Resolving {
  return module.request !== undefined && module.resolve !== undefined;
}

function checkedHalf(module: Resolving, names: readonly string[], context: RequestContext): Named {
  const found = module.manifestSchema.safeParse(module.request(names, context));
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new ReproError('usage', `expected ${issue?.message ?? 'packages'}`, {
    where: names.join(' '),
    remedy: 'write packages as in jq, hello=2.10-3, hello>=2.10 or python:numpy==1.26.4',
  });
}

function cannotBeNamed(title: string, name: string): ReproError {
  return new ReproError('usage', `${title} cannot be resolved from names`, {
    where: name,
    remedy: 'trace a command that uses them',
  });
}
