import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { foreignStandInSchema, knownBySchema, type StandIns } from '../../archives/stand-ins.js';
import { codeOf, ReproError } from '../../errors.js';
import { parts, type SpecLayout } from './layout.js';

const standInsSchema = z.record(knownBySchema, foreignStandInSchema);

/** What a spec brings in the place of artifacts. It counts for this spec alone, and so it lies here and in no store. */
export async function readStandIns({ folder }: SpecLayout): Promise<StandIns> {
  const file = join(folder, parts.standIns);
  try {
    return new Map(Object.entries(standInsSchema.parse(JSON.parse(await readFile(file, 'utf8')))));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return new Map();
    throw new ReproError('usage', 'what the spec brings in the place of packages cannot be read', {
      where: file,
      remedy: 'unpack the bundle again; without this file all is had or built anew',
      cause: error,
    });
  }
}

/** What specs bring together; of what several have something for, the first is right. */
export function unionOfStandIns(specs: readonly { readonly standIns: StandIns }[]): StandIns {
  return new Map(specs.toReversed().flatMap(({ standIns }) => [...standIns]));
}

/** Writes them into a spec's folder; of none, nothing. */
export async function writeStandIns(folder: string, standIns: StandIns): Promise<void> {
  if (standIns.size === 0) return;
  const ordered = [...standIns].toSorted(([a], [b]) => (a < b ? -1 : 1));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, parts.standIns), `${JSON.stringify(Object.fromEntries(ordered), undefined, 1)}\n`);
}
