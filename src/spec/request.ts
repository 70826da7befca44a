import { baseOf, loadBase, loadSystem, requireBase } from '../distributions/base-of.js';
import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { isoDate } from '../model/epoch.js';
import type { Progress } from '../model/progress.js';
import type { Base } from '../packaging/base-system.js';
import type { DistributionModule } from '../packaging/distribution.js';
import { byDistribution, halfOfNames } from './document/named-packages.js';
import { type Manifest, specVersion } from './document/schema.js';
import { draftSpecification, type FinishedHalf, type PublishedSpec } from './write.js';

export interface RequestOptions {
  /** The spec to write. */
  readonly output: string;
  /** Where archives are asked from. */
  readonly host: Machine;
  /** `debian:12` or `debian:bookworm`, or what a spec says; default: what this machine is. */
  readonly on?: string | Base;
  /** The archives as they were at that time, in seconds since 1970. */
  readonly at?: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Writes an exact spec from packages that people name, `jq`, `hello>=2.10` or `python:numpy==1.26.4`: what is not of
 * another distribution is the base's.
 */
export async function requestSpecification(
  requests: readonly string[],
  { output, host, on, at, progress, signal }: RequestOptions,
): Promise<PublishedSpec> {
  const base = await baseNamed(on, host, signal);
  const asked = await byDistribution(requests, base.distribution);
  const wanted = await Promise.all([...asked].map(([kind, names]) => halfOfNames(kind, names)));
  const undated = wanted.map(([module]) => module).find(({ hasDates }) => at !== undefined && !hasDates);
  if (undated) throw withoutDates(undated);
  await using draft = await draftSpecification(output);
  const { base: system } = await loadBase(base.distribution, '--on');
  const context = {
    ...{ base, libc: system.libc(base.release), host, progress, contents: draft.contents },
    ...(at === undefined ? {} : { at }),
    ...(signal ? { signal } : {}),
  };
  const halves: FinishedHalf[] = [];
  const manifests: Manifest['distributions'] = [];
  for (const [module, named] of wanted) {
    const below = halves.map(({ lock }) => lock);
    const half = module.adapt?.(named, { base, below }) ?? named;
    const resolved = await module.resolve(half, { ...context, below });
    halves.push({ lock: resolved.lock, epoch: resolved.epoch ?? 0 });
    manifests.push({ ...(module.exact?.(resolved.lock) ?? half) });
  }
  const epoch = isoDate(Math.max(0, ...halves.map((half) => half.epoch)));
  return await draft.publish(
    { version: specVersion, base, distributions: manifests, files: [], runs: [], epoch },
    halves,
  );
}

async function baseNamed(on: RequestOptions['on'], host: Machine, signal: AbortSignal | undefined): Promise<Base> {
  if (on === undefined) return requireBase(host, signal);
  if (typeof on !== 'string') return on;
  const [system = '', release] = on.split(':');
  const { name: distribution, base } = await loadSystem(system, '--on');
  const named = release === undefined ? undefined : base.release(release, system);
  if (!named) {
    throw new ReproError('usage', `there is no release ${JSON.stringify(release ?? '')} of ${system}`, {
      where: `--on ${on}`,
      remedy: 'name it as in debian:12, ubuntu:noble, fedora:40 or alpine:3.20',
    });
  }
  // A machine of that kind may be of another architecture than its kernel.
  const own = await baseOf(host, signal);
  const architecture = own?.distribution === distribution ? own.architecture : base.architectureOf(host.processor);
  return { distribution, layout: 'merged-usr', ...named, architecture };
}

function withoutDates({ title, name }: DistributionModule): ReproError {
  return new ReproError('usage', `${title} cannot be had as they were at a date: their archives do not tell it`, {
    where: `${name}, --at`,
    remedy: 'leave --at out, or name the versions',
  });
}
