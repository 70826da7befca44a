import type { Machine } from '../machines/machine.js';
import type { Access } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import type { Owner } from '../model/owner.js';
import type { Base, DistributionModule, FinishContext, Finished, Named, Reader } from './distribution.js';
import { Places } from './places.js';
import { distributions } from './registry.js';
import { classifyUnowned, isKernels, matchRule, outrightRules, sourceOfBytecode } from './rules.js';

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

export interface FinishedDistribution extends Finished<Named, Named> {
  readonly name: string;
}

/** Says whose every accessed path is: databases are gathered in one pass, then readers are asked until nothing is new. */
export async function identify(
  machine: Machine,
  accesses: readonly Access[],
  options: IdentifyOptions = {},
): Promise<Identification> {
  const { signal, verify = true } = options;
  const modules = options.modules ?? (await Promise.all(Object.values(distributions).map((load) => load())));
  const databases = await machine.files.gather([...new Set(modules.flatMap((each) => each.databases))], signal);
  const context = { machine, databases };
  const readers = await openReaders(modules, context);
  const asked = accesses.flatMap(({ path, resolved }) => (resolved === undefined ? [path] : [path, resolved]));
  const places = new Places(machine, isKernels, signal);
  const found = await claimAll(asked, readers, places, signal);
  if (verify) await verifyAll(readers, found.owners, signal);
  const base = await findBase(modules, context);
  return {
    owners: withAskedPaths(found, places),
    base,
    finish: (finishContext) => finishAll(readers, base, found.owners, finishContext),
  };
}

interface OpenReader {
  readonly name: string;
  readonly reader: Reader;
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

async function findBase(
  modules: readonly DistributionModule[],
  context: { machine: Machine; databases: ReadonlyMap<FilePath, Buffer> },
): Promise<Base | undefined> {
  for (const each of modules) {
    const base = await each.base?.(context);
    if (base) return base;
  }
  return undefined;
}

interface Found {
  /** By the place where an entry lies. */
  readonly owners: Map<FilePath, Owner>;
  /** Of every path that was asked for: where its entry lies. */
  readonly entries: Map<FilePath, FilePath>;
}

/** The fix-point: every path is resolved, claimed, and what is found on the way goes round again. */
async function claimAll(
  asked: readonly FilePath[],
  readers: readonly OpenReader[],
  places: Places,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const owners = new Map<FilePath, Owner>();
  const entries = new Map<FilePath, FilePath>();
  let fresh = new Set(asked);
  while (fresh.size > 0) {
    signal?.throwIfAborted();
    const unclaimed = new Set<FilePath>();
    const add = (path: FilePath): void => {
      if (owners.has(path) || unclaimed.has(path)) return;
      const outright = matchRule(path, outrightRules);
      if (outright) owners.set(path, outright);
      else unclaimed.add(path);
    };
    for (const [path, place] of await places.resolve([...fresh].filter((each) => !isKernels(each)))) {
      entries.set(path, place.entry);
      add(place.entry);
      if (place.final !== place.entry) add(place.final);
      for (const link of place.links) add(link);
    }
    for (const path of fresh) if (isKernels(path)) add(path);
    const more = await claimRound([...unclaimed], readers, owners);
    for (const path of unclaimed) {
      const source = owners.has(path) ? undefined : sourceOfBytecode(path);
      if (source) more.push(source);
    }
    await classifyRest(unclaimed, owners, places);
    fresh = new Set(more.filter((path) => !entries.has(path) && !owners.has(path)));
  }
  for (const [path, owner] of owners) {
    const source = owner.state === 'loose' ? sourceOfBytecode(path) : undefined;
    if (source) owners.set(path, bytecodeOwner(owner, owners.get(source)));
  }
  return { owners, entries };
}

/** Asks every reader; the first of the strongest claims on a path wins. Gives the paths found on the way. */
async function claimRound(
  paths: readonly FilePath[],
  readers: readonly OpenReader[],
  owners: Map<FilePath, Owner>,
): Promise<FilePath[]> {
  const more: FilePath[] = [];
  for (const { reader } of readers) {
    const claims = await reader.claim(paths);
    more.push(...claims.more);
    for (const owner of claims.owners) {
      const present = owners.get(owner.path);
      if (!present || (present.state === 'generated' && owner.state !== 'generated')) owners.set(owner.path, owner);
    }
  }
  return more;
}

/** What nobody claims, and what a rule says is generated but is not there. */
async function classifyRest(paths: ReadonlySet<FilePath>, owners: Map<FilePath, Owner>, places: Places): Promise<void> {
  for (const path of paths) {
    const owner = owners.get(path);
    if (owner && owner.state !== 'generated') continue;
    const type = places.entry(path)?.type;
    if (!owner || type === undefined) owners.set(path, classifyUnowned(path, type));
  }
}

/** Bytecode that no distribution knows goes with its source: carried where that is, left where that is unknown. */
function bytecodeOwner(owner: Owner, source: Owner | undefined): Owner {
  if (!source || source.state === 'left-out') return owner;
  const { path } = owner;
  if (source.state === 'loose') return { path, state: 'generated', rule: 'python-bytecode', onCreate: 'carry' };
  const from = source.package ? { package: source.package } : {};
  return { path, state: 'generated', ...from, rule: 'python-bytecode', onCreate: 'regenerate' };
}

async function verifyAll(
  readers: readonly OpenReader[],
  owners: Map<FilePath, Owner>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { name, reader } of readers) {
    const claimed = [...owners.values()].filter(
      ({ state, package: ref }) => state === 'owned' && ref?.distribution === name,
    );
    const changed = await reader.verify?.(
      claimed.map(({ path }) => path),
      signal,
    );
    for (const owner of changed ?? []) owners.set(owner.path, owner);
  }
}

/** A path asked through links of its parents has the owner of its entry. */
function withAskedPaths({ owners, entries }: Found, places: Places): Map<FilePath, Owner> {
  for (const [path, entry] of entries) {
    if (owners.has(path)) continue;
    const owner = owners.get(entry) ?? classifyUnowned(entry, places.entry(entry)?.type);
    owners.set(path, { ...owner, path, ...(owner.package ? { listedAs: owner.listedAs ?? entry } : {}) });
  }
  return owners;
}

async function finishAll(
  readers: readonly OpenReader[],
  base: Base | undefined,
  owners: ReadonlyMap<FilePath, Owner>,
  context: FinishContext,
): Promise<FinishedDistribution[]> {
  const used = new Set([...owners.values()].map((owner) => owner.package?.distribution));
  const finished: FinishedDistribution[] = [];
  for (const { name, reader } of readers) {
    if (!used.has(name) && base?.distribution !== name) continue;
    finished.push({ name, ...(await reader.finish(context)) });
  }
  return finished;
}
