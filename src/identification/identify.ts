import { findBase } from '../distributions/base-of.js';
import { loadDistributions } from '../distributions/load.js';
import { describeUnreadable, gatherReadable } from '../machines/gather.js';
import type { Machine } from '../machines/machine.js';
import { type SeenEntries, seenFiles } from '../machines/seen-files.js';
import type { Access } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import type { Owner } from '../model/owner.js';
import type { Base } from '../packaging/base-system.js';
import type { DistributionModule } from '../packaging/distribution.js';
import { classifyUnowned } from '../packaging/path-rules.js';
import type { FinishOptions, MayCarry, OpenContext } from '../packaging/reader.js';
import { type Claimed, claimAll } from './claims.js';
import { type FinishedDistribution, finishAll, type OpenReader } from './finish.js';
import { settleFolders } from './folders.js';
import type { Overlap } from './overlaps.js';

export interface IdentifyOptions {
  /** Default: every distribution of the registry. */
  readonly modules?: readonly DistributionModule[];
  /** Whether content is compared with what packages recorded. Default true. */
  readonly verify?: boolean;
  /** What was seen of the machine already: it is not looked at again. */
  readonly seen?: SeenEntries;
  /** See {@link OpenContext}. */
  readonly environments?: OpenContext['environments'];
  /** As in {@link OpenContext}. */
  readonly mayCarry?: MayCarry;
  readonly signal?: AbortSignal;
}

/** What is known of every path: exactly one owner each. */
export interface Identification {
  /** Of every path as asked, as resolved, and of every link on the way. */
  readonly owners: ReadonlyMap<FilePath, Owner>;
  readonly base: Base | undefined;
  /** Folders that packages fill, wherever people put them. */
  readonly roots: readonly FilePath[];
  /** Paths that packages of several distributions claim; `owners` says which has each. */
  readonly overlaps: readonly Overlap[];
  /** What distributions could not read, as whole sentences. */
  readonly problems: readonly string[];
  /**
   * Completes the distributions that own something or are needed, and the base. Comes after all other files are carried:
   * the base must have the accounts that own them (`ids`).
   */
  finish(options: FinishOptions): Promise<FinishedDistribution[]>;
}

/** Says whose every accessed path is: databases are gathered in one pass, then readers are asked until nothing is new. */
export async function identify(
  asked: Machine,
  accesses: readonly Access[],
  options: IdentifyOptions = {},
): Promise<Identification> {
  const { seen, signal, verify = true } = options;
  const machine = seen ? { ...asked, files: seenFiles(asked.files, seen) } : asked;
  const modules = options.modules ?? (await loadDistributions());
  const unreadable = new Map<FilePath, string>();
  const globs = new Set(modules.flatMap((each) => each.databases));
  const databases = await machine.files.gather([...globs], signal, (path, code) => unreadable.set(path, code));
  const { environments } = options;
  const context = {
    ...{ machine, databases },
    ...(environments ? { environments } : {}),
    ...(options.mayCarry ? { mayCarry: options.mayCarry } : {}),
  };
  const base = await findBase(modules, context);
  if (unreadable.size > 0) await checkBaseReadable(machine, modules, base, signal);
  const readers = await openReaders(fromTheGround(modules, base), context);
  const claimed = await claimAll(accesses, readers, machine, {
    ...options,
    ...(base ? { base: base.distribution } : {}),
  });
  settleFolders(claimed, base?.distribution);
  if (verify) await verifyAll(readers, claimed, signal);
  return {
    owners: withAskedPaths(claimed),
    base,
    roots: [...claimed.roots],
    overlaps: claimed.overlaps,
    problems: [...[...unreadable].map(([path, code]) => describeUnreadable(path, code)), ...claimed.problems],
    finish: (finishOptions) => finishAll(readers, base, claimed.owners, finishOptions),
  };
}

/** Nothing is known of a machine whose own packages are not; those of others that stand on it are only told of. */
async function checkBaseReadable(
  machine: Machine,
  modules: readonly DistributionModule[],
  base: Base | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const needed = base ? modules.filter(({ name }) => name === base.distribution) : modules;
  await gatherReadable(machine, [...new Set(needed.flatMap((each) => each.databases))], signal);
}

/** What the machine stands on comes first, then the others as the registry has them. */
function fromTheGround(modules: readonly DistributionModule[], base: Base | undefined): DistributionModule[] {
  const isBase = ({ name }: DistributionModule): boolean => name === base?.distribution;
  return [...modules.filter(isBase), ...modules.filter((each) => !isBase(each))];
}

async function openReaders(modules: readonly DistributionModule[], context: OpenContext): Promise<OpenReader[]> {
  const opened: OpenReader[] = [];
  for (const module of modules) {
    const reader = await module.open(context);
    if (reader) opened.push({ module, reader });
  }
  return opened;
}

/** Only entries where they lie are looked at: a path asked through links is told by its entry. */
async function verifyAll(
  readers: readonly OpenReader[],
  { owners, entries }: Claimed,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { module, reader } of readers) {
    const claimed: FilePath[] = [];
    for (const [path, owner] of owners) {
      const isOwn = owner.state === 'owned' && owner.package?.distribution === module.name;
      if (isOwn && (entries.get(path) ?? path) === path) claimed.push(path);
    }
    const changed = await reader.verify?.(claimed, signal);
    for (const owner of changed ?? []) owners.set(owner.path, owner);
  }
}

/** A path asked through links of its parents has the owner of its entry. */
function withAskedPaths({ owners, entries, ways }: Claimed): Map<FilePath, Owner> {
  for (const [path, entry] of entries) {
    const owner = owners.get(entry) ?? classifyUnowned(entry, ways.entry(entry)?.type);
    if (owners.has(path) && !owner.package) continue;
    owners.set(path, { ...owner, path, ...(owner.package ? { listedAs: owner.listedAs ?? entry } : {}) });
  }
  return owners;
}
