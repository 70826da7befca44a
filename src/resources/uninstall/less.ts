import { loadDistribution } from '../../distributions/load.js';
import { ReproError } from '../../errors.js';
import { canonicalJson } from '../../hash.js';
import type { LockHalf } from '../../model/lock-half.js';
import type { Manifest, ManifestRun } from '../../spec/document/schema.js';
import type { LockedSpecification, RecordedTrace } from '../../spec/specification.js';
import { packagesCalled } from '../../spec/why/names.js';
import { type LockedPackage, type Needs, needsOf } from '../../spec/why/needs.js';
import { packagesGoing } from './choose.js';

/** What is to be taken out of a spec. */
export type Unwanted = { readonly packages: readonly string[] } | { readonly spec: LockedSpecification };

export interface Less {
  readonly manifest: Manifest;
  readonly halves: readonly LockHalf[];
}

/** What is left of a spec without some packages, or without all that another one has and nothing else of it needs. */
export async function lessOf(own: LockedSpecification, unwanted: Unwanted): Promise<Less> {
  const needs = await needsOf(own.lock);
  const manifest = 'spec' in unwanted ? without(own.manifest, unwanted.spec.manifest) : own.manifest;
  const traces = new Map<string, RecordedTrace | undefined>();
  for (const { id } of manifest.runs) traces.set(id, await own.trace(id));
  const usedBy = (run: ManifestRun) => packagesOf(traces.get(run.id), needs);
  const used = manifest.runs.flatMap(usedBy);
  const gone = packagesGoing(needs, {
    named: new Set('packages' in unwanted ? unwanted.packages.flatMap((what) => called(what, needs)) : []),
    released: new Set('spec' in unwanted ? askedBy(unwanted.spec, needs).filter((each) => !used.includes(each)) : []),
  });
  const runs = manifest.runs.filter((run) => !usedBy(run).some((each) => gone.has(each)));
  const left = { ...manifest, runs: joined(manifest.runs, runs) };
  return {
    manifest: left,
    halves: await halvesWithout(own, gone, 'spec' in unwanted ? askedBy(unwanted.spec, needs) : []),
  };
}

/** Files, steps and runs that the other has just so. */
function without(own: Manifest, other: Manifest): Manifest {
  const { steps = [], ...rest } = own;
  const differs = <T>(all: readonly T[] = [], key: (each: T) => unknown) => {
    const theirs = new Set(all.map((each) => canonicalJson(key(each))));
    return (each: T) => !theirs.has(canonicalJson(key(each)));
  };
  const left = steps.filter(differs(other.steps, ({ id, ...step }) => step));
  return {
    ...rest,
    files: own.files.filter(differs(other.files, ({ path, sha256, target }) => [path, sha256 ?? target ?? null])),
    runs: own.runs.filter(differs(other.runs, ({ command, cwd }) => [command, cwd])),
    ...(left.length > 0 && { steps: left }),
  };
}

/** A run that went on where one had ended that is gone goes on where that did. */
function joined(before: readonly ManifestRun[], left: readonly ManifestRun[]): ManifestRun[] {
  const ids = new Set(left.map(({ id }) => id));
  const isLeft = (id: string | undefined): id is string => id !== undefined && ids.has(id);
  const placeOf = (id: string | undefined): string | undefined =>
    id === undefined || isLeft(id) ? id : placeOf(before.find((run) => run.id === id)?.after);
  return left.map(({ after: former, inputs, ...run }) => {
    const after = placeOf(former);
    const from = inputs.map(({ from: maker, ...input }) => (isLeft(maker) ? { ...input, from: maker } : input));
    return { ...run, inputs: from, ...(after !== undefined && { after }) };
  });
}

function packagesOf(trace: RecordedTrace | undefined, { named }: Needs): LockedPackage[] {
  const owners = (trace?.accesses ?? []).flatMap(({ owner }) => [owner.package, ...(owner.sharedWith ?? [])]);
  return [...new Set(owners.flatMap((reference) => named(reference) ?? []))];
}

function called(what: string, { packages }: Needs): LockedPackage[] {
  const found = packagesCalled(what, packages);
  if (found.length > 0) return found;
  throw new ReproError('usage', `the resource has no package '${what}'`, {
    remedy: 'name it as its manager does, maybe with its distribution before it, as in python:numpy',
  });
}

/** What the other asks for, whatever its version. */
function askedBy({ lock }: LockedSpecification, { packages }: Needs): LockedPackage[] {
  const keyOf = (
    distribution: string,
    { name, architecture, at }: Pick<LockedPackage, 'name' | 'architecture' | 'at'>,
  ) => JSON.stringify([distribution, name, architecture, at]);
  const asked = new Set(
    lock.distributions.flatMap(({ name, packages: all = [] }) =>
      all.flatMap((each) => (each.used ? [keyOf(name, each)] : [])),
    ),
  );
  return packages.filter((each) => asked.has(keyOf(each.distribution, each)));
}

async function halvesWithout(
  { lock, manifest }: LockedSpecification,
  gone: ReadonlySet<LockedPackage>,
  released: readonly LockedPackage[],
): Promise<LockHalf[]> {
  const keyOf = (
    of: string,
    {
      name,
      version,
      architecture,
      at,
    }: Omit<LockedPackage, 'distribution' | 'used' | 'certainty' | 'problems' | 'essential'>,
  ) => JSON.stringify([of, name, version, architecture, at]);
  const keysOf = (all: Iterable<LockedPackage>) => new Set([...all].map((each) => keyOf(each.distribution, each)));
  const [goes, isReleased] = [keysOf(gone), keysOf(released)];
  const halves: LockHalf[] = [];
  for (const half of lock.distributions) {
    const { name, packages = [] } = half;
    const left = packages.filter((each) => !goes.has(keyOf(name, each)));
    if (left.length < packages.length) await refuseUnwritable(name);
    const isNeeded = name === manifest.base.distribution || left.length > 0 || half.packages === undefined;
    const asked = left.map((each) => (isReleased.has(keyOf(name, each)) ? { ...each, used: false } : each));
    if (isNeeded) halves.push(half.packages ? { ...half, packages: asked } : half);
  }
  return halves;
}

/** Of some distributions people write no packages, so that nothing can be taken out. */
async function refuseUnwritable(name: string): Promise<void> {
  const module = await loadDistribution(name);
  if (module?.exact) return;
  throw new ReproError('usage', `single packages of ${module?.title ?? name} cannot be taken out`, {
    remedy: 'write a spec without them, and use reproman upgrade',
  });
}
