import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PlannedPackage } from '../model/plan.js';
import { sha256Schema } from '../model/schemas.js';
import { isRefused, type Requirement } from './sameness.js';
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

/** What was taken in the place of an artifact, as the ladder found it; the store has it. */
export type StandIn = Readonly<z.infer<typeof standInSchema>>;

/** What stood in for an artifact before, where it is still there and as much the same as is wanted. */
export async function findStandIn(
  planned: PlannedPackage,
  store: ContentFolder,
  requirement: Requirement,
): Promise<(StandIn & { readonly file: string }) | undefined> {
  const noted = await notedStandIn(planned, store);
  if (!noted || isRefused(noted.sameness, requirement)) return undefined;
  const file = await store.verified(noted.sha256);
  return file === undefined ? undefined : { ...noted, file };
}

/** As it was noted, whether the store still has it or not. */
export async function notedStandIn(planned: PlannedPackage, { folder }: ContentFolder): Promise<StandIn | undefined> {
  const name = nameOf(planned);
  if (name === undefined) return undefined;
  // A note that is not there or cannot be read costs what it took to have it.
  return parseStandIn(await readFile(join(folder, standInFolder, name), 'utf8').catch(() => ''));
}

/** Remembers it, so that it is neither built nor asked for again. */
export async function noteStandIn(planned: PlannedPackage, standIn: StandIn, { folder }: ContentFolder): Promise<void> {
  const name = nameOf(planned);
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

function nameOf({ artifact: { digest, key } }: PlannedPackage): string | undefined {
  return digest ? `${digest.algorithm}-${digest.value}` : key;
}
