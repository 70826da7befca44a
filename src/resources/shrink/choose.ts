import { loadBase } from '../../distributions/base-of.js';
import { loadDistribution } from '../../distributions/load.js';
import { identify } from '../../identification/identify.js';
import type { Access } from '../../model/access.js';
import type { FilePath } from '../../model/file-path.js';
import type { LockHalf } from '../../model/lock-half.js';
import type { PackageRef } from '../../model/owner.js';
import { documentPath } from '../../model/schemas.js';
import { recordedRuns } from '../../proof/verify.js';
import type { LockedSpecification } from '../../spec/specification.js';
import type { Placed } from '../place.js';
import type { FullTree } from './full-tree.js';
import { keptPaths } from './keep.js';
import { shrinkHalf } from './packages.js';
import { supportFiles } from './support.js';
import type { Shrinking } from './write.js';

export interface ChooseOptions {
  readonly spec: LockedSpecification;
  readonly full: Placed;
  readonly tree: FullTree;
  /** Of the runs where they were traced and in the whole environment. */
  readonly accesses: readonly Access[];
  /** What was found to be missing before. */
  readonly putBack: readonly FilePath[];
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/** What is left of a spec. */
export interface Chosen extends Pick<Shrinking, 'halves' | 'only'> {
  /** Packages that are not, as `name version (distribution)`. */
  readonly dropped: readonly string[];
}

/** The files that were used and those that we need there ourselves; the packages stay in the spec as where they are from. */
export async function chooseFiles(options: ChooseOptions): Promise<Chosen> {
  const { spec, full, tree, accesses, putBack, warn, signal } = options;
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  const places = spec.manifest.runs.flatMap(({ cwd, outputs }) => [cwd, ...outputs.map(({ path }) => path)]);
  const asked = [
    ...accesses.map(({ path }) => path),
    ...accesses.flatMap(({ resolved }) => resolved ?? []),
    ...places.map(documentPath),
    ...base.folders,
    ...(await supportFiles(full, warn, signal)),
    ...putBack,
  ];
  return { halves: spec.lock.distributions, only: { from: full, paths: keptPaths(tree, asked) }, dropped: [] };
}

/** The packages that have what was used, and those that they need. */
export async function choosePackages(options: ChooseOptions): Promise<Chosen> {
  const { spec, full, putBack } = options;
  const used = [...(await usedPackages(spec)), ...(await ownersOf(putBack, full))];
  const dropped: string[] = [];
  const halves: LockHalf[] = [];
  // From the top down: what stands on a package needs it.
  for (const half of spec.lock.distributions.toReversed()) {
    const module = await loadDistribution(half.name);
    // Of the others people write no packages, so that nothing can be taken out.
    const shrunk = module?.exact ? shrinkHalf(half, used) : { half, dropped: [] };
    const needs = module?.needs?.(module.lockSchema.parse(shrunk.half)) ?? [];
    used.push(...needs.filter((need): need is PackageRef => 'name' in need));
    const isBase = half.name === spec.manifest.base.distribution;
    if (isBase || shrunk.half.packages === undefined || shrunk.half.packages.length > 0) halves.unshift(shrunk.half);
    dropped.unshift(...shrunk.dropped.map(({ name, version }) => `${name} ${version} (${half.name})`));
  }
  return { halves, dropped };
}

async function usedPackages(spec: LockedSpecification): Promise<PackageRef[]> {
  const runs = await recordedRuns(spec);
  return runs.flatMap(({ trace }) =>
    trace.accesses.flatMap(({ owner }) => [...(owner.package ? [owner.package] : []), ...(owner.sharedWith ?? [])]),
  );
}

async function ownersOf(paths: readonly FilePath[], { resource, backend, host }: Placed): Promise<PackageRef[]> {
  if (paths.length === 0) return [];
  await using machine = await backend.connect(resource, host);
  const accesses = paths.map((path): Access => ({ path, uses: ['examined'] }));
  const { owners } = await identify(machine, accesses, { verify: false });
  return [...owners.values()].flatMap((owner) => owner.package ?? []);
}
