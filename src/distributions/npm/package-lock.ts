import { z } from 'zod';
import { packageName } from './package-json.js';

const namesSchema = z.record(z.string(), z.string()).default({});
const entrySchema = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  optional: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
  libc: z.array(z.string()).optional(),
  bin: z.record(z.string(), z.string()).default({}),
  dependencies: namesSchema,
  optionalDependencies: namesSchema,
  peerDependencies: namesSchema,
});

/** https://docs.npmjs.com/cli/configuring-npm/package-lock-json: only what is read here. */
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });

/** What Node says of the machine that packages are for. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
  readonly libc: string;
}

/** One package of a package-lock.json that a platform gets. */
export interface ResolvedPackage extends z.infer<typeof entrySchema> {
  /** `node_modules/a/node_modules/b`. */
  readonly place: string;
  readonly name: string;
  /** Places of what it needs. */
  readonly needs: readonly string[];
}

/**
 * The packages that Node would find on a platform from the root of a package-lock.json, which has those for all
 * platforms; of a bundle what comes with it is not apart.
 */
export function packagesFor(content: string, platform: Platform): ResolvedPackage[] {
  const { packages } = lockSchema.parse(JSON.parse(content));
  const found = new Map<string, ResolvedPackage>();
  const open = needsOf('', packages, platform);
  for (let place = open.shift(); place !== undefined; place = open.shift()) {
    const entry = packages[place];
    if (entry === undefined || found.has(place)) continue;
    const needs = needsOf(place, packages, platform);
    found.set(place, { ...entry, place, name: entry.name ?? packageName(place), needs });
    open.push(...needs);
  }
  return [...found.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
}

type Entries = z.infer<typeof lockSchema>['packages'];

function needsOf(place: string, packages: Entries, platform: Platform): string[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[place] ?? {};
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  return names.flatMap((name) => {
    const at = placesAbove(place).map((folder) => `${folder}node_modules/${name}`);
    const needed = at.find((candidate) => packages[candidate] !== undefined);
    return needed !== undefined && isFor(packages[needed], platform) ? [needed] : [];
  });
}

/** From the inmost out: `node_modules/a/node_modules/b/`, `node_modules/a/` and the root. */
function placesAbove(place: string): string[] {
  const inner = place === '' ? [] : [`${place}/`];
  return [
    ...inner,
    ...[...place.matchAll(/\/node_modules\//g)].toReversed().map(({ index }) => `${place.slice(0, index)}/`),
    '',
  ];
}

function isFor(entry: Entries[string] | undefined, { os, cpu, libc }: Platform): boolean {
  return allows(entry?.os, os) && allows(entry?.cpu, cpu) && allows(entry?.libc, libc);
}

/** https://docs.npmjs.com/cli/configuring-npm/package-json#os: what is named, or all but what is named behind `!`. */
function allows(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0) return true;
  const named = list.filter((each) => !each.startsWith('!'));
  return !list.includes(`!${value}`) && (named.length === 0 || named.includes(value));
}
