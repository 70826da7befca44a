import { gatherReadable } from '../machines/gather.js';
import type { Machine } from '../machines/machine.js';
import { type Ways, waysOf } from '../machines/ways.js';
import type { Access } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { Owner } from '../model/owner.js';
import type { OpenReader } from './finish.js';
import { findPlaces } from './places.js';
import { bytecodeOwner, sourceOfBytecode } from './python-bytecode.js';
import { classifyUnowned, outrightOwner } from './rules.js';

/** What is known once nothing new comes. */
export interface Claimed {
  /** By the place where an entry lies. */
  readonly owners: Map<FilePath, Owner>;
  /** Of every path whose entry lies elsewhere: where. */
  readonly entries: Map<FilePath, FilePath>;
  readonly ways: Ways;
  /** Folders that packages fill. */
  readonly roots: Set<FilePath>;
}

/** What is handed from round to round. */
interface Round extends Claimed {
  readonly machine: Machine;
  readonly readers: readonly OpenReader[];
  /** Globs of databases that were gathered. */
  readonly gathered: Set<string>;
  /** Paths that a package records as regular files. */
  readonly regular: Set<FilePath>;
  readonly signal: AbortSignal | undefined;
}

/**
 * The fix-point: every path is claimed as asked and where it leads, and what is found on the way goes round again. Of
 * several claims on a path the first of the strongest wins; `readers` come from the ground up.
 */
export async function claimAll(
  accesses: readonly Access[],
  readers: readonly OpenReader[],
  machine: Machine,
  signal: AbortSignal | undefined,
): Promise<Claimed> {
  const round = startOf(readers, machine, signal);
  const { owners, entries } = round;
  let fresh = askedPaths(accesses);
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

function startOf(readers: readonly OpenReader[], machine: Machine, signal: AbortSignal | undefined): Round {
  const regular = new Set<FilePath>();
  const isFile = (path: FilePath): boolean => regular.has(path);
  return {
    machine,
    readers,
    signal,
    regular,
    ways: waysOf(machine.files, { isOutside: isKernelPath, isFile, signal }),
    owners: new Map(),
    entries: new Map(),
    roots: new Set(),
    gathered: new Set(),
  };
}

function askedPaths(accesses: readonly Access[]): Set<FilePath> {
  const asked = new Set<FilePath>();
  for (const { path, resolved } of accesses) {
    asked.add(path);
    if (resolved !== undefined) asked.add(resolved);
  }
  return asked;
}

/** Asks every reader about the paths that no rule settles beforehand; gives the paths that they found on the way. */
async function claim(paths: ReadonlySet<FilePath>, round: Round): Promise<FilePath[]> {
  const { owners, readers, regular, roots, signal } = round;
  signal?.throwIfAborted();
  const open: FilePath[] = [];
  for (const path of paths) {
    const outright = outrightOwner(path);
    if (outright) owners.set(path, outright);
    else open.push(path);
  }
  const more: FilePath[] = [];
  if (open.length === 0) return more;
  const databases = await gatherNear(open, round);
  for (const { reader } of readers) {
    const claims = await reader.claim(open, databases);
    for (const path of claims.more) more.push(path);
    for (const path of claims.regular ?? []) regular.add(path);
    for (const path of claims.roots ?? []) roots.add(path);
    for (const owner of claims.owners) {
      const present = owners.get(owner.path);
      if (!present || (present.state === 'generated' && owner.state !== 'generated')) owners.set(owner.path, owner);
    }
  }
  return more;
}

/** The databases of the environments and checkouts that the paths lie in, for all readers in one pass; each once. */
async function gatherNear(
  paths: readonly FilePath[],
  { machine, readers, gathered, signal }: Round,
): Promise<ReadonlyMap<FilePath, Buffer>> {
  const globs = new Set(readers.flatMap(({ reader }) => reader.databasesNear?.(paths) ?? []));
  const fresh = [...globs].filter((glob) => !gathered.has(glob));
  for (const glob of fresh) gathered.add(glob);
  return fresh.length === 0 ? new Map() : gatherReadable(machine, fresh, signal);
}

/** Where the paths lead: their entries, their ends and every link between, as far as they are new. */
async function findOnTheWay(paths: ReadonlySet<FilePath>, { owners, entries, ways }: Round): Promise<Set<FilePath>> {
  const found = new Set<FilePath>();
  const add = (path: FilePath): void => {
    if (!paths.has(path) && !owners.has(path)) found.add(path);
  };
  for (const [path, { entry, final, links }] of await findPlaces(ways, [...paths])) {
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
function classifyRest(paths: ReadonlySet<FilePath>, { owners, entries, ways }: Round): FilePath[] {
  const sources: FilePath[] = [];
  for (const path of paths) {
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
  for (const [path, owner] of owners) {
    const source = owner.state === 'loose' ? sourceOfBytecode(path) : undefined;
    if (source) owners.set(path, bytecodeOwner(owner, owners.get(source)));
  }
}
