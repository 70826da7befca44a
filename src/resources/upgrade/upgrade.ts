import { Readable } from 'node:stream';
import type { Requirement } from '../../archives/sameness.js';
import type { ContentFolder } from '../../archives/store.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, rootPath, showPath } from '../../model/file-path.js';
import type { Progress } from '../../model/progress.js';
import { stage } from '../../model/progress.js';
import type { Resource } from '../../model/resource.js';
import { appendAccounts } from '../../packaging/host-accounts.js';
import { customize } from '../../planning/customize.js';
import { differencesBetween } from '../../spec/differences/between.js';
import type { LockedSpecification, Specification } from '../../spec/specification.js';
import { findReady } from '../connect.js';
import { refuseFixed } from '../fixed.js';
import { refuseImage } from '../images/instances.js';
import { missingAccounts } from '../in-place/lacking.js';
import { type Inventory, openInventory } from '../inventory.js';
import { sweepLeftovers } from '../leftovers.js';
import { addOwnSpec, chooseOwnSpec, readOwnSpec, unfinishedSpecs } from '../own-spec.js';
import type { Place } from '../place.js';
import { type ProvedTree, proveResource } from '../prove.js';
import { temporaryResource } from '../temporary.js';
import { isAsMade, withoutChanged } from './changed-since.js';
import { type Entries, type TreeChanges, treeChanges } from './changes.js';
import { chosenMembers, readEntries, withOtherNames } from './tree.js';

/** What a resource is to be made into. */
export interface Wanted {
  readonly spec: LockedSpecification;
  /** The file that people know it by. */
  readonly source: string;
  /** The spec to keep, once it is known what goes from the tree; the same by default. */
  readonly finish?: (isGone: (path: FilePath) => boolean) => Promise<LockedSpecification>;
}

export interface UpgradeOptions {
  readonly name: string;
  readonly wanted: (own: LockedSpecification, resource: Resource) => Promise<Wanted>;
  /** Told of the changes before anything is made; throws where they are not to be. */
  readonly agree: (changes: readonly string[]) => Promise<void>;
  /**
   * Has what somebody changed or took away since the resource was made stay so, and is told of it before anything is
   * changed; throws where it may not stay. Without it, all becomes as `create` makes it.
   */
  readonly leave?: (changed: readonly FilePath[]) => void;
  /** This machine. */
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly inventory?: Inventory;
  readonly require?: Requirement;
  /** Only say what would be changed. */
  readonly dryRun?: boolean;
  /** The version of reproman. */
  readonly tool: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Upgraded extends Partial<ProvedTree> {
  readonly resource: Resource;
  /** In what its spec and the wanted one differ, in words. */
  readonly changes: readonly string[];
  readonly files?: {
    readonly written: number;
    readonly removed: number;
    /** What somebody put there since, the topmost of it: it stays. */
    readonly kept: readonly string[];
  };
  /** Whether its tree is the very one that `create` makes of the spec. */
  readonly isAsCreated?: boolean;
}

/**
 * Makes a resource into what `create` makes of another spec: that is built beside it, and only what differs is written
 * or removed, so that it holds for every kind of package. What somebody else put into the resource stays. Where it is
 * cut off, the same again finishes it, and so does any other spec, its own among them.
 */
export async function upgradeResource(options: UpgradeOptions): Promise<Upgraded> {
  const { name, wanted: choose, agree, dryRun = false, host: here, inventory = openInventory() } = options;
  await using place = await findReady(name, { host: here, inventory });
  refuseImage(place.resource);
  const { resource, backend } = place;
  refuseFixed(resource, backend);
  const own = withLock(await readOwnSpec(resource));
  const wanted = await choose(own, resource);
  const changes = changesBetween(own, wanted.spec);
  if (dryRun) return { resource, changes };
  await agree(changes);
  await sweepLeftovers(resource.name, here, inventory);
  return { changes, ...(await makeInto(place, own, wanted, { ...options, name: resource.name, inventory })) };
}

async function makeInto(
  place: Place,
  own: LockedSpecification,
  { spec, source, finish }: Wanted,
  options: UpgradeOptions & { readonly inventory: Inventory },
): Promise<Omit<Upgraded, 'changes'>> {
  const { inventory, progress, signal } = options;
  await using made = await temporary(spec, options);
  const links = new Map<FilePath, FilePath>();
  const target = await readEntries(made, { links, signal });
  const present = await readEntries(place, { signal });
  const isMore = [...present.keys()].some((path) => !target.has(path));
  const formers = await formerTrees(place, own, isMore || options.leave !== undefined, options);
  const isOurs = (path: FilePath) =>
    options.leave ? isAsMade(path, { present, formers }) : formers.some((former) => former.has(path));
  const all = treeChanges(present, target, isOurs, spec.lock.epoch);
  const { changed, ...change } = options.leave
    ? withoutChanged(all, { present, wanted: target, formers, links })
    : { ...all, changed: [] };
  options.leave?.(changed);
  refuseInTheWay(change);
  const kept = (await finish?.((path) => present.has(path) && !target.has(path))) ?? spec;
  // What was proved of it before is nothing to what it is from here on.
  const begun = await inventory.update(place.resource.name, withoutDigests);
  const copy = await addOwnSpec(begun, kept, inventory);
  await apply(place, made, { ...change, put: withOtherNames(change.put, links) }, kept, options);
  const { planDigest, substitutes, run } = made.resource;
  const become = (present: Resource): Resource => {
    const { substitutes: _former, ...rest } = present;
    return {
      ...rest,
      spec: source,
      specDigest: kept.lock.manifest,
      planDigest,
      run,
      ...(substitutes && { substitutes }),
    };
  };
  const context = { host: place.host, record: async () => undefined, progress, signal };
  await place.backend.recommit?.(become(place.resource), context);
  const resource = await chooseOwnSpec(place.resource.name, copy, inventory, become);
  const proved = await proveResource({ ...place, resource, spec: await readOwnSpec(resource), progress, signal });
  const { treeDigest, environmentDigest } = proved;
  const ready = await inventory.update(resource.name, (each) => ({
    ...each,
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
  }));
  return {
    ...proved,
    resource: ready,
    files: {
      written: change.put.size,
      removed: change.removed,
      kept: change.kept.map(showPath),
    },
    isAsCreated: treeDigest === made.resource.treeDigest,
  };
}

/** What the resource was made with: its spec is built beside it, too, where that makes a difference. */
async function formerTrees(
  { resource }: Place,
  own: LockedSpecification,
  inQuestion: boolean,
  options: UpgradeOptions,
): Promise<Entries[]> {
  const trees: Entries[] = [];
  for (const spec of inQuestion ? [own, ...(await unfinishedSpecs(resource))] : []) {
    await using former = await temporary(spec, options);
    trees.push(await readEntries(former, options));
  }
  return trees;
}

function temporary(
  spec: LockedSpecification,
  { name, host, store, tool, require, progress, signal }: UpgradeOptions,
): Promise<Place> {
  return temporaryResource(spec, {
    ...{ purpose: 'upgrade', backend: 'rootfs', for: name, host, store, tool, progress, signal },
    ...(require && { require }),
  });
}

async function apply(
  { resource, backend, host }: Place,
  made: Place,
  { inTheWay, put, remove }: Pick<TreeChanges, 'inTheWay' | 'put' | 'remove'>,
  { contents, lock }: LockedSpecification,
  { leave, progress, signal }: UpgradeOptions,
): Promise<void> {
  await using machine = await backend.connect(resource, host, { users: 'needed' });
  const { shell } = machine;
  if (!shell) throw new ReproError('not-ready', `no program can be run on ${machine.label}`);
  const removing = (paths: readonly FilePath[]) => {
    const steps = paths.map((path) => ({ kind: 'remove' as const, path, reason: 'the spec does not have it' }));
    return customize(machine, steps, contents, { signal });
  };
  await removing(inTheWay);
  const tree = await made.backend.exportTree(made.resource, made.host, signal);
  const tar = Readable.from(chosenMembers(tree, put), { objectMode: false });
  await stage(progress, 'change', () => shell.put(rootPath, tar), { total: put.size, unit: 'files' });
  await removing(remove);
  // Where somebody added accounts since, the files of them stay.
  if (leave) await appendAccounts(await missingAccounts(lock.distributions, machine), machine);
}

function withoutDigests(resource: Resource): Resource {
  const { treeDigest: _tree, environmentDigest: _environment, ...rest } = resource;
  return rest;
}

/** In words; what a run has around it goes and comes with it. */
function changesBetween(one: LockedSpecification, other: LockedSpecification): string[] {
  const [before = [], after = []] = [one, other].map(({ manifest }) => manifest.runs.map(({ id }) => id));
  const only = (these: readonly string[], those: readonly string[]) => these.filter((id) => !those.includes(id));
  const isOfRun = (kind: string) => kind === 'variable' || kind === 'runs';
  const differences = differencesBetween(one, other).filter(({ kind }) => before[0] === after[0] || !isOfRun(kind));
  return [
    ...differences.map(({ text }) => text),
    ...only(before, after).map((id) => `the run ${id} removed`),
    ...only(after, before).map((id) => `the run ${id} added`),
  ];
}

function withLock(spec: Specification): LockedSpecification {
  if (spec.lock) return { ...spec, lock: spec.lock };
  throw new Error(`${spec.file} has no lock`);
}

function refuseInTheWay({ inTheWay, kept }: TreeChanges): void {
  const lost = kept.find((path) => inTheWay.some((at) => path.startsWith(`${at}/`)));
  if (lost === undefined) return;
  throw new ReproError('usage', 'a file that is no part of the resource is where the spec has something else', {
    where: showPath(lost),
    remedy: 'move it away with reproman exec, and do this again',
  });
}
