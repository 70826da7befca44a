import { join } from 'node:path';
import { loadDistribution } from '../../distributions/load.js';
import { canonicalTar } from '../../filesystem/canonical-tar.js';
import { writeSnapshot } from '../../filesystem/snapshot.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { Sha256 } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import type { LockHalf } from '../../model/lock-half.js';
import type { Manifest } from '../../spec/document/schema.js';
import { layoutOf, parts } from '../../spec/folder/layout.js';
import { readSpecification } from '../../spec/read.js';
import { inputsOf, makesOf } from '../../spec/runs/steps.js';
import type { LockedSpecification } from '../../spec/specification.js';
import { draftSpecification } from '../../spec/write.js';
import { withoutMountPoints } from '../mount-points.js';
import type { Placed } from '../place.js';

export interface Shrinking {
  readonly spec: LockedSpecification;
  /** What is left of its distributions. */
  readonly halves: readonly LockHalf[];
  /** Carry only these files, of the whole environment. */
  readonly only?: { readonly from: Placed; readonly paths: ReadonlySet<FilePath> };
  /** Which entries of the snapshot are left. */
  readonly isLeft: (path: FilePath) => boolean;
}

/** Writes a spec with less in it, and reads it. */
export async function writeShrunk(file: string, shrinking: Shrinking): Promise<LockedSpecification> {
  const { spec, halves, only, isLeft } = shrinking;
  await using draft = await draftSpecification(file);
  const contents = join(layoutOf(spec.file).folder, parts.contents);
  const manifest = only ? spec.manifest : await manifestOf(spec, halves);
  const entries: FileEntry[] = [];
  for await (const entry of spec.snapshot()) if (isLeft(entry.path)) entries.push(entry);
  await draft.takeContents(contents, contentsNamed(manifest, only ? {} : { halves, entries }));
  await draft.takeStandIns(spec.standIns);
  const tree = only && (await addTree(draft, spec.lock.epoch, only));
  for (const { id } of [...manifest.runs, ...(manifest.steps ?? [])]) {
    const trace = await spec.trace(id);
    if (trace) await draft.addTrace(id, trace);
  }
  entries.sort((a, b) => comparePaths(a.path, b.path));
  if (entries.length > 0) await draft.addSnapshot((to) => writeSnapshot(to, entries).then(() => entries.length));
  const { tree: _former, ...base } = manifest.base;
  await draft.publish(
    { ...manifest, base: { ...base, ...(tree && { tree }) } },
    halves.map((lock) => ({ lock, epoch: spec.lock.halves[lock.name]?.epoch ?? spec.lock.epoch })),
  );
  const written = await readSpecification(file);
  if (!written.lock) throw new Error('a spec has the lock that was written with it');
  return { ...written, lock: written.lock };
}

/** With the halves of the distributions as their locks have them now. */
async function manifestOf({ manifest }: LockedSpecification, halves: readonly LockHalf[]): Promise<Manifest> {
  const left = new Map(halves.map((half) => [half.name, half]));
  const distributions = await Promise.all(
    manifest.distributions.flatMap((written) => {
      const half = left.get(written.name);
      return half ? [exactly(written, half)] : [];
    }),
  );
  return { ...manifest, distributions };
}

async function exactly(written: Manifest['distributions'][number], half: LockHalf): Promise<typeof written> {
  const module = await loadDistribution(half.name);
  return { ...(module?.exact?.(module.lockSchema.parse(half)) ?? written) };
}

type Drafting = Awaited<ReturnType<typeof draftSpecification>>;

async function addTree(
  { contents }: Drafting,
  epoch: number,
  { from: { resource, backend, host }, paths }: NonNullable<Shrinking['only']>,
): Promise<NonNullable<Manifest['base']['tree']>> {
  let files = 0;
  let size = 0;
  const points = await backend.mountPoints(resource, host);
  const tar = await backend.exportTree(resource, host);
  async function* chosen() {
    for await (const member of withoutMountPoints(tarMembers(tar), points)) {
      if (!paths.has(member.path)) continue;
      if (member.type === 'file') files++;
      size += member.size;
      yield member;
    }
  }
  try {
    const { hash } = await contents.add(canonicalTar(chosen(), epoch));
    return { sha256: hash, files, size };
  } finally {
    tar.destroy();
  }
}

/** What is carried; of packages and folders that are put in place one by one theirs too. */
function contentsNamed(
  manifest: Manifest,
  { halves = [], entries = [] }: { readonly halves?: readonly LockHalf[]; readonly entries?: readonly FileEntry[] },
): Set<Sha256> {
  const steps = (manifest.steps ?? []).flatMap((step) => [...inputsOf(step), ...makesOf(step)]);
  const named = [...manifest.files, ...steps, ...manifest.runs.flatMap(({ inputs }) => inputs)];
  const carried = named.flatMap(({ carried, sha256 }) => (carried && sha256 ? [sha256] : []));
  const ofHalves = [...JSON.stringify(halves).matchAll(/\b[0-9a-f]{64}\b/g)].map(([hash]) => hash);
  return new Set([...carried, ...ofHalves, ...entries.flatMap(({ hash }) => hash ?? [])]);
}
