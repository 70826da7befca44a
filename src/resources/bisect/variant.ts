import { join } from 'node:path';
import { loadDistribution } from '../../distributions/load.js';
import { writeSnapshot } from '../../filesystem/snapshot.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, isWithin } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { Difference } from '../../spec/differences/between.js';
import { mixtureOf } from '../../spec/differences/mixture.js';
import { layoutOf, parts } from '../../spec/folder/layout.js';
import { unionOfStandIns } from '../../spec/folder/stand-ins.js';
import { readSpecification } from '../../spec/read.js';
import type { LockedSpecification } from '../../spec/specification.js';
import { draftSpecification } from '../../spec/write.js';

/** Writes a spec between two into a folder: the first with some of what the second has differently. */
export async function writeVariant(
  one: LockedSpecification,
  other: LockedSpecification,
  chosen: readonly Difference[],
  folder: string,
): Promise<LockedSpecification> {
  const { manifest, halves, runsOfOther } = mixtureOf(one, other, chosen);
  const file = join(folder, 'environment.yml');
  await using draft = await draftSpecification(file);
  for (const spec of [one, other]) {
    const contents = join(layoutOf(spec.file).folder, parts.contents);
    await draft.takeContents(contents, new Set(Object.keys(spec.lock.contents)));
  }
  await draft.takeStandIns(unionOfStandIns([one, other]));
  const entries = await entriesOf(one, other, chosen);
  if (entries.length > 0) await draft.addSnapshot((to) => writeSnapshot(to, entries).then(() => entries.length));
  for (const { id } of manifest.runs) {
    const trace = await (runsOfOther ? other : one).trace(id);
    if (trace) await draft.addTrace(id, trace);
  }
  const distributions = await Promise.all(
    halves.map(async (half) => {
      const module = await loadDistribution(half.name);
      const written = [one, other].flatMap((spec) => spec.manifest.distributions.find(isNamed(half.name)) ?? []);
      return { ...(module?.exact?.(module.lockSchema.parse(half)) ?? written[0] ?? { name: half.name }) };
    }),
  );
  // One epoch for all variants: what they have in common is then built once.
  const epoch = Math.max(one.lock.epoch, other.lock.epoch);
  await draft.publish(
    { ...manifest, distributions },
    halves.map((lock) => ({ lock, epoch })),
  );
  const spec = await readSpecification(file);
  if (!spec.lock) throw new Error('a variant has the lock that was written with it');
  return { ...spec, lock: spec.lock };
}

function isNamed(name: string): (half: { readonly name: string }) => boolean {
  return (half) => half.name === name;
}

/** What the plan asks of the snapshot: folders, links and carried files, those of chosen files from the second spec. */
async function entriesOf(
  one: LockedSpecification,
  other: LockedSpecification,
  chosen: readonly Difference[],
): Promise<FileEntry[]> {
  const moved = chosen.flatMap(({ before, after }) => {
    const part = after ?? before;
    return part?.kind === 'file' ? [documentPath(part.value.path)] : [];
  });
  const isMoved = (path: FilePath) => moved.some((root) => isWithin(path, root));
  const entries = new Map<FilePath, FileEntry>();
  for await (const entry of other.snapshot()) if (isMoved(entry.path)) entries.set(entry.path, entry);
  for await (const entry of one.snapshot()) if (!isMoved(entry.path)) entries.set(entry.path, entry);
  return [...entries.values()].sort((a, b) => comparePaths(a.path, b.path));
}
