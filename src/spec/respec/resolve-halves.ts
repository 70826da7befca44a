import type { Contents } from '../../archives/contents.js';
import { loadBase } from '../../distributions/base-of.js';
import { loadDistribution } from '../../distributions/load.js';
import { distributions as registry } from '../../distributions/registry.js';
import { ReproError } from '../../errors.js';
import { canonicalJson } from '../../hash.js';
import type { Machine } from '../../machines/machine.js';
import type { LockHalf } from '../../model/lock-half.js';
import type { Progress } from '../../model/progress.js';
import type { Base } from '../../packaging/base-system.js';
import type { DistributionModule, Named, Need } from '../../packaging/distribution.js';
import type { Gone } from '../../packaging/requests.js';
import type { Manifest } from '../document/schema.js';
import type { Part } from '../merge/parts.js';
import { wantedDistributions } from '../resolve.js';
import type { Specification } from '../specification.js';
import { type Changes, type Edits, editHalf, editsOf, type Present, requestsOf } from './edits.js';

export interface ResolveOptions {
  readonly changes: Changes;
  readonly base: Manifest['base'];
  /** The base is another release than it was. */
  readonly isMoved: boolean;
  readonly host: Machine;
  /** Where what no archive has is kept. */
  readonly contents: Contents;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface ResolvedHalves {
  readonly halves: LockHalf[];
  readonly epochs: Map<string, number>;
  readonly manifests: Manifest['distributions'];
  readonly asked: Map<string, ReadonlySet<string>>;
  readonly gone: Map<string, readonly Gone[]>;
  readonly notes: string[];
}

/**
 * Both halves of every kind of packages, from the ground up. What was not changed, and stands on nothing that was, is as
 * it was before.
 */
export async function resolveHalves(spec: Specification, part: Part, options: ResolveOptions): Promise<ResolvedHalves> {
  const { changes, isMoved, ...context } = options;
  const { codename, ...rest } = options.base;
  const base: Base = { ...rest, ...(codename === undefined ? {} : { codename }) };
  const libc = (await loadBase(base.distribution, spec.file)).base.libc(base.release);
  const found: ResolvedHalves = {
    ...{ halves: [], epochs: new Map(), manifests: [], asked: new Map(), gone: new Map(), notes: [] },
  };
  const present = await presentIn(spec, part);
  const edits = editsOf(changes, present, base.distribution);
  for (const one of inOrder([...present, ...(await newKinds(present, edits))])) {
    const { module, half: before, lock: previous } = one;
    const { name, title } = module;
    const below = [...found.halves];
    const isFree = isMoved && name === base.distribution;
    const own = edits.get(name);
    const edited = before ? editHalf({ ...one, half: before }, own, isFree) : firstHalf(module, own);
    const half = module.adapt?.(edited, { base, below }) ?? edited;
    const needs = previous ? movedNeeds(module.needs?.(previous) ?? [], part.halves, below) : [];
    const isSame = !isFree && canonicalJson(half) === canonicalJson(before ?? {});
    if (previous && isSame && (needs.length === 0 || !module.resolve)) {
      keep(found, half, previous, part.epochs.get(name) ?? 0);
      if (needs.length > 0)
        found.notes.push(`${title} stay as they are, and stand on what moved: ${needs.join(', ')}.`);
      continue;
    }
    if (!module.resolve) throw unresolvable(title, name);
    const wanted = module.manifestSchema.parse(half);
    const resolved = await module.resolve(wanted, {
      ...{ ...context, base, libc, below, isMoved: isFree },
      ...(previous ? { previous } : {}),
    });
    keep(found, module.exact?.(resolved.lock) ?? wanted, resolved.lock, resolved.epoch ?? part.epochs.get(name) ?? 0);
    found.gone.set(name, resolved.gone ?? []);
    found.asked.set(name, namesAsked(own, isFree ? requestsOf({ module, half }) : []));
  }
  return found;
}

interface Kind extends Omit<Present, 'half'> {
  /** Absent of a kind that the spec did not have. */
  readonly half?: Named;
}

async function presentIn(spec: Specification, part: Part): Promise<Present[]> {
  const present: Present[] = [];
  for (const half of await wantedDistributions(spec)) {
    const module = await loadDistribution(half.name);
    if (module) present.push({ module, half, lock: part.halves.find(({ name }) => name === half.name) });
  }
  const { name } = await loadBase(spec.manifest.base.distribution, spec.file);
  return present.toSorted((a, b) => Number(b.half.name === name) - Number(a.half.name === name));
}

async function newKinds(present: readonly Present[], edits: ReadonlyMap<string, Edits>): Promise<Kind[]> {
  const names = [...edits.keys()].filter((name) => !present.some(({ module }) => module.name === name));
  const modules = await Promise.all(names.map(loadDistribution));
  return modules.flatMap((module) => (module ? [{ module, lock: undefined }] : []));
}

/** The base first, as it comes; the others as the registry has them, each after what it may stand on. */
function inOrder([base, ...others]: readonly Kind[]): Kind[] {
  const order = Object.keys(registry);
  const rank = ({ module }: Kind) => order.indexOf(module.name);
  return [...(base ? [base] : []), ...others.toSorted((a, b) => rank(a) - rank(b))];
}

function firstHalf(module: DistributionModule, edits: Edits | undefined): Named {
  const half = module.request?.([...(edits?.wanted.values() ?? [])].map(({ text }) => text));
  if (half) return half;
  throw unresolvable(module.title, module.name);
}

/** What a kind of packages stands on and is not as it was before. */
function movedNeeds(needs: readonly Need[], before: readonly LockHalf[], after: readonly LockHalf[]): string[] {
  const versionIn = (halves: readonly LockHalf[], distribution: string, name: string) =>
    halves.find((half) => half.name === distribution)?.packages?.find((each) => each.name === name)?.version;
  return needs.flatMap((need) => {
    if (!('name' in need)) return [];
    const { distribution, name } = need;
    const [was, is] = [versionIn(before, distribution, name), versionIn(after, distribution, name)];
    return was === is ? [] : [`${name} ${is === undefined ? 'is gone' : `is ${is}`}`];
  });
}

function keep({ halves, epochs, manifests }: ResolvedHalves, half: Named, lock: LockHalf, epoch: number): void {
  halves.push(lock);
  epochs.set(lock.name, epoch);
  manifests.push({ ...half });
}

function namesAsked(edits: Edits | undefined, requests: readonly { readonly name: string }[]): ReadonlySet<string> {
  const edited = edits ? [...edits.wanted.keys(), ...edits.dropped] : [];
  return new Set([...edited, ...requests.map(({ name }) => name)]);
}

function unresolvable(title: string, where: string): ReproError {
  return new ReproError('usage', `${title} cannot be resolved from names`, {
    where,
    remedy: 'take them out of the spec first, or trace a command that uses them where they are as wanted',
  });
}
