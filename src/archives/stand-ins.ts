import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PlannedPackage } from '../model/plan.js';
import { sha256Schema } from '../model/schemas.js';
import { isRefused, type Requirement, type Sameness } from './sameness.js';
import { type ContentFolder, note } from './store.js';

/** Of a store: what was built or had by its version, in a file by what the plan knows the wanted artifact by. */
export const standInFolder = 'stand-ins';

const standInSchema = z.object({
  sha256: sha256Schema,
  rung: z.enum(['snapshot', 'old-builds', 'built', 'nearest']),
  sameness: z.enum(['same-source', 'same-name', 'other-version']),
  evidence: z.string(),
  version: z.string().optional(),
});

/** What others wrote, and comes to people's eyes: nothing of it acts on a terminal. */
export const plainTextSchema = z.string().refine((text) => !/\p{Cc}/u.test(text), 'text without control characters');

/** Of a note that others wrote. */
export const foreignStandInFields = {
  ...standInSchema.shape,
  evidence: plainTextSchema,
  version: plainTextSchema.optional(),
};

export const foreignStandInSchema = z
  .strictObject(foreignStandInFields)
  .refine(({ sameness, version }) => isSaid(sameness, version), 'a version where it is another');

/** What is of another version says so, and nothing else has one. */
export function isSaid(sameness: Sameness, version: string | undefined): boolean {
  return (sameness === 'other-version') === (version !== undefined);
}

/** What the plan knows an artifact by, as a text: the name of its note. */
export const knownBySchema = z.string().regex(/^(?:(?:sha512|sha256|sha1|md5)-[0-9a-f]{32,128}|[0-9a-f]{64})$/);

/** What was taken in the place of an artifact, as the ladder found it; the store has it. */
export type StandIn = Readonly<z.infer<typeof standInSchema>>;

/** What a spec brings in the place of artifacts, by what its plan knows these by. */
export type StandIns = ReadonlyMap<string, StandIn>;

interface Bringing {
  readonly standIns?: StandIns;
}

/** One whose content was hashed again. */
export type UsableStandIn = StandIn & { readonly file: string };

/** What stood in for an artifact before, where it is still there and as much the same as is wanted. */
export async function findStandIn(
  planned: PlannedPackage,
  store: ContentFolder,
  requirement: Requirement,
): Promise<UsableStandIn | undefined> {
  return usable(await notedStandIn(planned, store), store, requirement);
}

/** What the spec itself brings for an artifact, on the same terms. */
export async function findBrought(
  planned: PlannedPackage,
  { store, standIns }: Bringing & { readonly store: ContentFolder },
  requirement: Requirement,
): Promise<UsableStandIn | undefined> {
  const found = await usable(standIns?.get(knownBy(planned) ?? ''), store, requirement);
  return found && { ...found, evidence: `${found.evidence} (as is told by the spec, which brings it)` };
}

/** The same of what is known by its version alone: a service would not be surer of it than who made the spec. */
export async function findSurest(
  planned: PlannedPackage,
  bringing: Bringing & { readonly store: ContentFolder },
  requirement: Requirement = 'exact',
): Promise<UsableStandIn | undefined> {
  if (requirement === 'exact' || planned.artifact.digest !== undefined) return undefined;
  return findBrought(planned, bringing, 'same-source');
}

/** The reason, where it is less than is wanted. */
export function whyNotBrought(planned: PlannedPackage, { standIns }: Bringing, requirement: Requirement): string[] {
  const sameness = standIns?.get(knownBy(planned) ?? '')?.sameness;
  if (sameness === undefined || !isRefused(sameness, requirement)) return [];
  const least = sameness === 'same-source' ? sameness : 'any';
  return [`what the spec brings instead is ${sameness} (--require ${least})`];
}

async function usable(
  noted: StandIn | undefined,
  store: ContentFolder,
  requirement: Requirement,
): Promise<UsableStandIn | undefined> {
  if (!noted || isRefused(noted.sameness, requirement)) return undefined;
  const file = await store.verified(noted.sha256);
  return file === undefined ? undefined : { ...noted, file };
}

/** As it was noted, whether the store still has it or not. */
export async function notedStandIn(planned: PlannedPackage, { folder }: ContentFolder): Promise<StandIn | undefined> {
  const name = knownBy(planned);
  if (name === undefined) return undefined;
  // A note that is not there or cannot be read costs what it took to have it.
  return parseStandIn(await readFile(join(folder, standInFolder, name), 'utf8').catch(() => ''));
}

/** Remembers it, so that it is neither built nor asked for again. */
export async function noteStandIn(planned: PlannedPackage, standIn: StandIn, { folder }: ContentFolder): Promise<void> {
  const name = knownBy(planned);
  if (name !== undefined)
    await note(folder, join(folder, standInFolder, name), JSON.stringify(standInSchema.parse(standIn)));
}

/** What such a file says; undefined of one that was damaged. */
export function parseStandIn(text: string): StandIn | undefined {
  try {
    return standInSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Undefined of an artifact that nothing can stand in for. */
export function knownBy({ artifact: { digest, key } }: PlannedPackage): string | undefined {
  return digest ? `${digest.algorithm}-${digest.value}` : key;
}
