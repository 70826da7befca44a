import { gatherReadable } from '../machines/gather.js';
import type { Machine } from '../machines/machine.js';
import { type Ways, waysOf } from '../machines/ways.js';
import type { Access } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { Owner } from '../model/owner.js';
import { findBase } from './base-of.js';
import type { Base, DistributionModule, FinishContext } from './distribution.js';
import { type FinishedDistribution, finishAll, type OpenReader } from './finish.js';
import { loadDistributions } from './load.js';
import { findPlaces } from './places.js';
import { classifyUnowned, outrightOwner, sourceOfBytecode } from './rules.js';

export interface IdentifyOptions {
  /** Default: every distribution of the registry. */
  readonly modules?: readonly DistributionModule[];
  /** Whether content is compared with what packages recorded. Default true. */
  readonly verify?: boolean;
  readonly signal?: AbortSignal;
}

/** What is known of every path: exactly one owner each. */
export interface Identification {
  /** Of every path as asked, as resolved, and of every link on the way. */
  readonly owners: ReadonlyMap<FilePath, Owner>;
  readonly base: Base | undefined;
  /** Completes the distributions that own something, and the base. */
  finish(context: FinishContext): Promise<FinishedDistribution[]>;
}

/** Says whose every accessed path is: databases are gathered in one pass, then readers are asked until nothing is new. */
export async function identify(
  machine: Machine,
  accesses: readonly Access[],
  options: IdentifyOptions = {},
): Promise<Identification> {
  const { signal, verify = true } = options;
  const modules = options.modules ?? (await loadDistributions());
  const databases = await gatherReadable(machine, [...new Set(modules.flatMap((each) => each.databases))], signal);
  const context = { machine, databases };
  const readers = await openReaders(modules, context);
  const found = await claimAll(accesses, readers, machine, signal);
  if (verify) await verifyAll(readers, found, signal);
  const base = await findBase(modules, context);
  return {
    owners: withAskedPaths(found),
    base,
    finish: (finishContext) => finishAll(readers, base, found.owners, finishContext),
  };
}

async function openReaders(
  modules: readonly DistributionModule[],
  context: { machine: Machine; databases: ReadonlyMap<FilePath, Buffer> },
): Promise<OpenReader[]> {
  const opened: OpenReader[] = [];
  for (const { name, open } of modules) {
    const reader = await open(context);
    if (reader) opened.push({ name, reader });
  }
  return opened;
}

interface Found {
  /** By the place where an entry lies. */
  readonly owners: Map<FilePath, Owner>;
  /** Of every path whose entry lies elsewhere: where. */
  readonly entries: Map<FilePath, FilePath>;
  readonly ways: Ways;
}

/** The fix-point: every path is claimed as asked, resolved, and what is found on the way goes round again. */
async function claimAll(
  accesses: readonly Access[],
  readers: readonly OpenReader[],
  machine: Machine,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const owners = new Map<FilePath, Owner>();
  const entries = new Map<FilePath, FilePath>();
  const regular = new Set<FilePath>();
  const isFile = (path: FilePath): boolean => regular.has(path);
  const ways = waysOf(machine.files, { isOutside: isKernelPath, isFile, signal });
  const claim = async (paths: ReadonlySet<FilePath>): Promise<FilePath[]> => {
    signal?.throwIfAborted();
    const open: FilePath[] = [];
    for (const path of paths) {
      const outright = outrightOwner(path);
      if (outright) owners.set(path, outright);
      else open.push(path);
    }
    return claimRound(open, readers, owners, regular);
  };
  let fresh = new Set<FilePath>();
  for (const { path, resolved } of accesses) {
    fresh.add(path);
    if (resolved !== undefined) fresh.add(resolved);
  }
  while (fresh.size > 0) {
    const more = await claim(fresh);
    const onTheWay = new Set<FilePath>();
    const add = (path: FilePath): void => {
      if (!fresh.has(path) && !owners.has(path)) onTheWay.add(path);
    };
    for (const [path, { entry, final, links }] of await findPlaces(ways, [...fresh])) {
      if (entry !== path) entries.set(path, entry);
      for (const each of [entry, final]) add(each);
      for (const link of links) add(link.path);
    }
    if (onTheWay.size > 0) more.push(...(await claim(onTheWay)));
    for (const paths of [fresh, onTheWay]) {
      for (const path of paths) {
        const owner = owners.get(path);
        if (owner && owner.state !== 'generated') continue;
        const source = owner ? undefined : sourceOfBytecode(path);
        if (source) more.push(source);
        // Another entry's place was asked: its owner is told by that entry.
        if ((entries.get(path) ?? path) === path) classifyRest(path, owner, owners, ways);
      }
    }
    fresh = new Set(more.filter((path) => !owners.has(path) && !entries.has(path)));
  }
  for (const [path, owner] of owners) {
    const source = owner.state === 'loose' ? sourceOfBytecode(path) : undefined;
    if (source) owners.set(path, bytecodeOwner(owner, owners.get(source)));
  }
  return { owners, entries, ways };
}

/** Asks every reader; the first of the strongest claims on a path wins. Gives the paths found on the way. */
async function claimRound(
  paths: readonly FilePath[],
  readers: readonly OpenReader[],
  owners: Map<FilePath, Owner>,
  regular: Set<FilePath>,
): Promise<FilePath[]> {
  const more: FilePath[] = [];
  for (const { reader } of readers) {
    const claims = await reader.claim(paths);
    for (const path of claims.more) more.push(path);
    for (const path of claims.regular ?? []) regular.add(path);
    for (const owner of claims.owners) {
      const present = owners.get(owner.path);
      if (!present || (present.state === 'generated' && owner.state !== 'generated')) owners.set(owner.path, owner);
    }
  }
  return more;
}

/** What nobody claims, and what a rule says is generated but is not there. */
function classifyRest(path: FilePath, owner: Owner | undefined, owners: Map<FilePath, Owner>, ways: Ways): void {
  const type = ways.entry(path)?.type;
  if (!owner || type === undefined) owners.set(path, classifyUnowned(path, type));
}

/** Bytecode that no distribution knows goes with its source: carried where that is, left where that is unknown. */
function bytecodeOwner(owner: Owner, source: Owner | undefined): Owner {
  if (!source || source.state === 'left-out') return owner;
  const { path } = owner;
  if (source.state === 'loose') return { path, state: 'generated', rule: 'python-bytecode', onCreate: 'carry' };
  const from = source.package ? { package: source.package } : {};
  return { path, state: 'generated', ...from, rule: 'python-bytecode', onCreate: 'regenerate' };
}

/** Only entries where they lie are looked at: a path asked through links is told by its entry. */
async function verifyAll(
  readers: readonly OpenReader[],
  { owners, entries }: Found,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { name, reader } of readers) {
    const claimed: FilePath[] = [];
    for (const [path, owner] of owners) {
      const isOwn = owner.state === 'owned' && owner.package?.distribution === name;
      if (isOwn && (entries.get(path) ?? path) === path) claimed.push(path);
    }
    const changed = await reader.verify?.(claimed, signal);
    for (const owner of changed ?? []) owners.set(owner.path, owner);
  }
}

/** A path asked through links of its parents has the owner of its entry. */
function withAskedPaths({ owners, entries, ways }: Found): Map<FilePath, Owner> {
  for (const [path, entry] of entries) {
    const owner = owners.get(entry) ?? classifyUnowned(entry, ways.entry(entry)?.type);
    if (owners.has(path) && !owner.package) continue;
    owners.set(path, { ...owner, path, ...(owner.package ? { listedAs: owner.listedAs ?? entry } : {}) });
  }
  return owners;
}
