import { describeUnreadable } from '../machines/gather.js';
import type { Machine } from '../machines/machine.js';
import type { SeenEntries } from '../machines/seen-files.js';
import { type Ways, waysOfKinds } from '../machines/ways.js';
import { type Access, endOf } from '../model/access.js';
import type { FileKind } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { Owner } from '../model/owner.js';
import { classifyUnowned, outrightOwner } from '../packaging/path-rules.js';
import { bytecodeOwner, sourceOfBytecode } from '../packaging/python-bytecode.js';
import type { Claims } from '../packaging/reader.js';
import type { OpenReader } from './finish.js';
import { type Overlap, overlapOf } from './overlaps.js';
import { findPlaces } from './places.js';

/** What is known once nothing new comes. */
export interface Claimed {
  /** By the place where an entry lies. */
  readonly owners: Map<FilePath, Owner>;
  /** Of every path whose entry lies elsewhere: where. */
  readonly entries: Map<FilePath, FilePath>;
  readonly ways: Ways<FileKind>;
  /** Folders that packages fill. */
  readonly roots: Set<FilePath>;
  readonly overlaps: Overlap[];
  /** What readers could not read. */
  readonly problems: Set<string>;
}

type Asked = ReadonlyMap<FilePath, FilePath | undefined>;

/** A set of paths, or what is known of each. */
type Paths = Pick<ReadonlySet<FilePath>, 'has' | 'keys' | 'size'>;

/** What is handed from round to round. */
interface Round extends Claimed {
  readonly machine: Machine;
  readonly readers: readonly OpenReader[];
  /** The name of the distribution that the machine stands on. */
  readonly base: string | undefined;
  /** Globs of databases that were gathered. */
  readonly gathered: Set<string>;
  /** Every asked path, with its {@link endOf end} where that is known. */
  readonly asked: Asked;
  /** Paths that a package records as regular files. */
  readonly regular: Set<FilePath>;
  readonly signal: AbortSignal | undefined;
}

interface ClaimOptions {
  /** See {@link Round}. */
  readonly base?: string | undefined;
  /** What was seen of the machine already. */
  readonly seen?: SeenEntries | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The fix-point: every path is claimed as asked and where it leads, and what is found on the way goes round again. Of
 * several claims on a path the first of the strongest wins; `readers` come from the ground up.
 */
export async function claimAll(
  accesses: readonly Access[],
  readers: readonly OpenReader[],
  machine: Machine,
  options: ClaimOptions = {},
): Promise<Claimed> {
  const round = startOf(accesses, readers, machine, options);
  const { asked, owners, entries } = round;
  let fresh: Paths = asked;
  while (fresh.size > 0) {
    const more = await claim(fresh, round);
    const onTheWay = await findOnTheWay(fresh, round);
    for (const path of await claim(onTheWay, round)) more.push(path);
    for (const paths of [fresh, onTheWay]) for (const path of classifyRest(paths, round)) more.push(path);
    fresh = new Set(more.filter((path) => !owners.has(path) && !entries.has(path)));
  }
  settleBytecode(owners);
  return round;
}

function startOf(
  accesses: readonly Access[],
  readers: readonly OpenReader[],
  machine: Machine,
  { base, seen, signal }: ClaimOptions,
): Round {
  const regular = new Set<FilePath>();
  const isFile = (path: FilePath): boolean => regular.has(path);
  return {
    machine,
    readers,
    base,
    signal,
    asked: askedPaths(accesses),
    regular,
    ways: waysOfKinds(machine.files, { known: seen?.entries, isOutside: isKernelPath, isFile, signal }),
    owners: new Map(),
    entries: new Map(),
    roots: new Set(),
    overlaps: [],
    problems: new Set(),
    gathered: new Set(),
  };
}

function askedPaths(accesses: readonly Access[]): Asked {
  const asked = new Map<FilePath, FilePath | undefined>();
  for (const access of accesses) {
    const { path, resolved } = access;
    const end = endOf(access);
    asked.set(path, end ?? asked.get(path));
    if (resolved !== undefined) asked.set(resolved, end ?? asked.get(resolved));
  }
  return asked;
}

/** Asks every reader about the paths that no rule settles beforehand; gives the paths that they found on the way. */
async function claim(paths: Paths, round: Round): Promise<FilePath[]> {
  const { owners, readers, base, regular, roots, overlaps, problems, signal } = round;
  signal?.throwIfAborted();
  const open: FilePath[] = [];
  for (const path of paths.keys()) {
    const outright = outrightOwner(path);
    if (outright) owners.set(path, outright);
    else open.push(path);
  }
  const more: FilePath[] = [];
  if (open.length === 0) return more;
  const [ground, others] = byBase(readers, base);
  const heed = (claims: Claims): void => {
    for (const path of claims.more) more.push(path);
    for (const path of claims.regular ?? []) regular.add(path);
    for (const path of claims.roots ?? []) roots.add(path);
    for (const problem of claims.problems ?? []) problems.add(problem);
    for (const owner of claims.owners) {
      const present = owners.get(owner.path);
      const wins = !present || (present.state === 'generated' && owner.state !== 'generated');
      if (wins) owners.set(owner.path, owner);
      const overlap = present && overlapOf(wins ? [owner, present] : [present, owner]);
      if (overlap) overlaps.push(overlap);
    }
  };
  for (const { reader } of ground) heed(await reader.claim(open, await gatherNear(open, ground, round), []));
  // What is of the base nobody else can have: most paths are, and are not looked at again by all the others.
  const ofBase: FilePath[] = [];
  const rest: FilePath[] = [];
  for (const path of open) (owners.get(path)?.state === 'owned' ? ofBase : rest).push(path);
  const databases = await gatherNear(rest, others, round);
  for (const { reader } of others) heed(await reader.claim(rest, databases, ofBase));
  return more;
}

/** The reader of the base, and all others. */
function byBase(readers: readonly OpenReader[], base: string | undefined): [OpenReader[], OpenReader[]] {
  const isBase = ({ module }: OpenReader): boolean => module.name === base;
  return [readers.filter(isBase), readers.filter((each) => !isBase(each))];
}

/** The databases of the environments and checkouts that the paths lie in, for all readers in one pass; each once. */
async function gatherNear(
  paths: readonly FilePath[],
  readers: readonly OpenReader[],
  { machine, gathered, problems, signal }: Round,
): Promise<ReadonlyMap<FilePath, Buffer>> {
  const globs = new Set(readers.flatMap(({ reader }) => reader.databasesNear?.(paths) ?? []));
  const fresh = [...globs].filter((glob) => !gathered.has(glob));
  for (const glob of fresh) gathered.add(glob);
  if (fresh.length === 0) return new Map();
  // One environment of somebody else's is no reason to say nothing of all others.
  return machine.files.gather(fresh, signal, (path, code) => {
    problems.add(describeUnreadable(path, code));
  });
}

/** Where the paths lead: their entries, their ends and every link between, as far as they are new. */
async function findOnTheWay(
  paths: Paths,
  { asked, owners, entries, ways, base, regular }: Round,
): Promise<Set<FilePath>> {
  const found = new Set<FilePath>();
  const add = (path: FilePath): void => {
    if (!paths.has(path) && !owners.has(path)) found.add(path);
  };
  // Of what nobody has, of what is made, and of others' packages it counts what is there.
  const endOfBase = (path: FilePath): FilePath | undefined => {
    const owner = owners.get(path);
    return owner?.state === 'owned' && owner.package?.distribution === base ? asked.get(path) : undefined;
  };
  for (const [path, { entry, final, links }] of await findPlaces(ways, paths.keys(), regular, endOfBase)) {
    if (entry !== path) entries.set(path, entry);
    add(entry);
    add(final);
    for (const link of links) add(link.path);
  }
  return found;
}

/**
 * Settles what nobody claims, and what a rule says is generated but is not there; gives the sources of bytecode among
 * it, whose owners tell of it.
 */
function classifyRest(paths: Paths, { owners, entries, ways }: Round): FilePath[] {
  const sources: FilePath[] = [];
  for (const path of paths.keys()) {
    const owner = owners.get(path);
    if (owner && owner.state !== 'generated') continue;
    const source = owner ? undefined : sourceOfBytecode(path);
    if (source) sources.push(source);
    // Another entry's place was asked: its owner is told by that entry.
    if ((entries.get(path) ?? path) !== path) continue;
    const type = ways.entry(path)?.type;
    if (!owner || type === undefined) owners.set(path, classifyUnowned(path, type));
  }
  return sources;
}

/** Bytecode that no distribution knows goes with its source: carried where that is, left where that is unknown. */
function settleBytecode(owners: Map<FilePath, Owner>): void {
  for (const owner of owners.values()) {
    const source = owner.state === 'loose' ? sourceOfBytecode(owner.path) : undefined;
    if (source) owners.set(owner.path, bytecodeOwner(owner, owners.get(source)));
  }
}
