import { z } from 'zod';
import { pathTextSchema } from './schemas.js';

/** Lines of passwd and group, without their password fields. */
export const accountsSchema = z.strictObject({
  users: z.array(
    z.strictObject({
      name: z.string(),
      uid: z.int(),
      gid: z.int(),
      gecos: z.string(),
      home: z.string(),
      shell: z.string(),
    }),
  ),
  groups: z.array(z.strictObject({ name: z.string(), gid: z.int(), members: z.array(z.string()) })),
});

export type Accounts = z.infer<typeof accountsSchema>;

/** How sure it is that what an archive has is what was installed. */
export const certaintySchema = z.enum(['verified', 'indexed', 'version-only', 'repacked', 'unknown']);

/** A package of another distribution, in a lock: as `PackageRef`. */
export const packageReferenceSchema = z.strictObject({
  distribution: z.string(),
  name: z.string(),
  version: z.string(),
  architecture: z.string().optional(),
  at: pathTextSchema.optional(),
});

/** Of a package in a lock: what it cannot do without. */
export const needsSchema = z
  .array(z.string())
  .optional()
  .describe('packages of this distribution: at the same place as name or name:architecture, at another by that place');

/**
 * What the lock of every distribution has, whatever else it has: enough to count packages, to show what moved between
 * two locks, and to know which accounts the environment needs. Each distribution's own schema checks the rest.
 */
export const lockHalfSchema = z.looseObject({
  name: z.string(),
  architecture: z.string().optional().describe('of packages that say none, or the usual one'),
  packages: z
    .array(
      z.looseObject({
        name: z.string(),
        version: z.string(),
        architecture: z.string().optional(),
        at: z.string().optional().describe('the place that it is installed at, where it may be at several'),
        used: z.boolean().optional(),
        certainty: z.string().optional(),
        problems: z.array(z.string()).optional(),
        needs: needsSchema,
        essential: z.boolean().optional().describe('the distribution never lacks it'),
      }),
    )
    .optional(),
  accounts: accountsSchema.optional(),
});

export type LockHalf = z.infer<typeof lockHalfSchema>;

export type LockedPackage = NonNullable<LockHalf['packages']>[number];

/**
 * What tells a package from the others of its half, of whatever version: its name, its architecture, and the place that
 * it is installed at. What is for any architecture counts as of the usual one.
 */
export function packageKey({ name, architecture, at }: LockedPackage, { architecture: usual }: LockHalf): string {
  return JSON.stringify([name, isForeign(architecture, usual) ? architecture : usual, at]);
}

/** Tells of each package of a half which others its `needs` name. */
export function needsAmong({ packages = [] }: LockHalf): (dependent: LockedPackage) => LockedPackage[] {
  const byName = new Map(
    packages.flatMap((each) => [
      [`${each.name} ${each.at}`, each],
      [`${each.name}:${each.architecture} ${each.at}`, each],
    ]),
  );
  const byPlace = new Map(packages.map((each) => [each.at, each]));
  return ({ at, needs = [] }) => needs.flatMap((need) => byName.get(`${need} ${at}`) ?? byPlace.get(need) ?? []);
}

export function isForeign(architecture: string | undefined, usual: string | undefined): boolean {
  return architecture !== undefined && architecture !== usual && !forAny.has(architecture);
}

/** What package managers call an architecture that is any (dpkg; rpm and conda). */
const forAny = new Set(['all', 'noarch']);

/**
 * What distributions call the fields of a package that say what is known of it, what it needs, or where it can be had:
 * two environments that differ in them alone are the same.
 */
export const bookkeepingFields: ReadonlySet<string> = new Set([
  ...['used', 'automatic', 'certainty', 'problems', 'needs', 'size'],
  ...['locations', 'control', 'origins', 'urls', 'url', 'repository'],
]);

/** What distributions call the lists of a half that say where packages can be had, and by whom that is signed. */
export const placeFields: readonly string[] = ['archives', 'repositories', 'keys'];

/** What distributions call the fields that together name an item of any list of theirs. */
export const namingFields = ['id', 'distribution', 'name', 'at', 'path', 'architecture', 'version'] as const;
