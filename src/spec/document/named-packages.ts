import { loadDistribution } from '../../distributions/load.js';
import { distributions, isDistribution } from '../../distributions/registry.js';
import { ReproError } from '../../errors.js';
import type { DistributionModule, Named } from '../../packaging/distribution.js';

/** A module that makes a lock from names. */
export type Resolving = DistributionModule & Required<Pick<DistributionModule, 'request' | 'resolve'>>;

/**
 * Packages by the kind that they are of, the base first and the others from the ground up: `python:numpy` says it, what
 * says none is the base's. What a kind stands on is asked of the base too.
 */
export async function byDistribution(packages: readonly string[], base: string): Promise<Map<string, string[]>> {
  const own: string[] = [];
  const asked = new Map<string, string[]>([[base, own]]);
  for (const name of Object.keys(distributions)) asked.set(name, asked.get(name) ?? []);
  for (const text of packages) {
    const [kind = base, name] = kindIn(text);
    asked.get(kind)?.push(name);
  }
  const kinds = [...asked].flatMap(([name, names]) => (names.length > 0 ? [name] : []));
  const isAsked = (name: string) => own.some((text) => /^[^=<>~:@]+/.exec(text)?.[0] === name);
  own.push(...(await standsOn(kinds)).filter((name) => !isAsked(name)));
  return new Map([...asked].filter(([name]) => name === base || kinds.includes(name)));
}

/** `python` and `numpy` of `python:numpy`; an architecture may follow a colon too, as in `libc6:i386`. */
export function kindIn(text: string): [kind: string | undefined, rest: string] {
  const [, prefix = '', rest = ''] = /^([a-z][a-z0-9-]*):(.+)$/.exec(text) ?? [];
  return isDistribution(prefix) ? [prefix, rest] : [undefined, text];
}

/** What these kinds need of a base of which nothing is asked by name. */
export async function standsOn(kinds: readonly string[]): Promise<string[]> {
  const modules = await Promise.all(kinds.map(loadDistribution));
  return [...new Set(modules.flatMap((module) => module?.standsOn ?? []))];
}

/** The half of a manifest that asks for these packages of one kind. */
export async function halfOfNames(kind: string, names: readonly string[]): Promise<[module: Resolving, half: Named]> {
  const module = await requireModule(kind);
  const found = module.manifestSchema.safeParse(module.request(names));
  if (found.success) return [module, found.data];
  const [issue] = found.error.issues;
  throw new ReproError('usage', `expected ${issue?.message ?? 'packages'}`, {
    where: names.join(' '),
    remedy: 'write packages as in jq, hello=2.10-3, hello>=2.10 or python:numpy==1.26.4',
  });
}

async function requireModule(name: string): Promise<Resolving> {
  const module = await loadDistribution(name);
  if (module && isResolving(module)) return module;
  throw new ReproError('usage', `${module?.title ?? name} cannot be resolved from names`, {
    where: name,
    remedy: 'trace a command that uses them',
  });
}

function isResolving(module: DistributionModule): module is Resolving {
  return module.request !== undefined && module.resolve !== undefined;
}
