import { gatherReadable } from '../../machines/gather.js';
import type { Machine } from '../../machines/machine.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import { stage } from '../../model/progress.js';
import { collectAccounts, namesInSysusers } from '../../packaging/accounts.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import type { UsrLayout } from '../../packaging/usr-layout.js';
import { type Closure, closureOf, groundOf, type PackageIndex } from './closure.js';
import type { RpmDatabase } from './database.js';
import { lockedPackage } from './locked-package.js';
import { findOrigins, type Origin } from './origins.js';
import type { RpmPackage } from './package.js';
import { type Repacked, repackAll } from './repack.js';
import type { RpmLock, RpmManifest } from './schema.js';

/** What finishing needs to know of everything that was claimed, and stood. */
export interface Claimed {
  readonly database: RpmDatabase;
  readonly index: PackageIndex;
  readonly layout: UsrLayout;
  readonly used: ReadonlySet<RpmPackage>;
  /** Needed by other distributions, used or not. */
  readonly needed: readonly RpmPackage[];
}

/** Closes over what was used, finds where it came from, repacks what nothing has, and writes both halves. */
export async function finish(claimed: Claimed, context: FinishContext): Promise<Finished<RpmManifest, RpmLock>> {
  const { database, index, used } = claimed;
  const { machine, signal } = context;
  const closure = closureOf([...used, ...claimed.needed, ...groundOf(index)], index);
  const files = await closureFiles(closure.packages, claimed, machine, signal);
  const origins = await findOrigins(closure.packages, database, context);
  const repacked = await repackMissing(closure.packages, origins.packages, context);
  const packages = [...closure.packages].sort((a, b) => comparePaths(a.id, b.id));
  const withheld = new Set([...repacked.values()].flatMap(({ missing }) => missing.map(claimed.layout.canonical)));
  const lock: RpmLock = {
    name: 'rpm',
    architecture: database.architecture,
    database: { folder: database.folder, format: database.format },
    repositories: [...origins.repositories],
    packages: packages.map((each) =>
      lockedPackage(each, {
        used: used.has(each),
        needs: namesOf(closure.needs.get(each) ?? [], packages),
        origin: origins.packages.get(each),
        repacked: repacked.get(each),
        problems: [...each.problems, ...(closure.problems.get(each) ?? [])],
      }),
    ),
    documentation: hasDocumentation(closure.packages),
    accounts: await accountsOf(closure.packages, files, context),
  };
  return {
    manifest: { name: 'rpm', packages: [...used].map(({ id }) => id).sort(comparePaths) },
    lock,
    files: files.paths.filter((path) => !withheld.has(path)),
    notes: [...notesOf(closure, database), ...origins.notes],
    epoch: files.epoch,
  };
}

/** As the lock names them: with the architecture where several have one name. */
export function namesOf(needs: readonly RpmPackage[], all: readonly RpmPackage[]): string[] {
  const isAlone = ({ name }: RpmPackage) => all.filter((each) => each.name === name).length === 1;
  return needs.map((each) => (isAlone(each) ? each.name : `${each.name}:${each.architecture}`)).sort(comparePaths);
}

interface ClosureFiles {
  /** What exists of the packages' files, in byte order. */
  readonly paths: readonly FilePath[];
  readonly users: ReadonlySet<number>;
  readonly groups: ReadonlySet<number>;
  /** Seconds since 1970: the newest date that a package gave to one of its files. */
  readonly epoch: number;
}

/** Looks at every file of the packages in one pass, without its content. */
async function closureFiles(
  packages: readonly RpmPackage[],
  { layout }: Claimed,
  machine: Machine,
  signal: AbortSignal | undefined,
): Promise<ClosureFiles> {
  const listed = new Set<FilePath>();
  let epoch = 0;
  for (const { files } of packages) {
    for (const { path, mtime, isGhost } of files) {
      if (isGhost) continue;
      listed.add(layout.canonical(path));
      epoch = Math.max(epoch, mtime);
    }
  }
  const paths: FilePath[] = [];
  const users = new Set<number>();
  const groups = new Set<number>();
  const sorted = [...listed].sort(comparePaths);
  for await (const [path, entry] of machine.files.entries(sorted, signal ? { signal } : {})) {
    if (!entry) continue;
    paths.push(path);
    users.add(entry.uid);
    groups.add(entry.gid);
  }
  return { paths, users, groups, epoch };
}

/** Images are often made without: some of it was left out, and none was put in place. */
function hasDocumentation(packages: readonly RpmPackage[]): boolean {
  const states = new Set(packages.flatMap(({ files }) => files.filter(({ isDoc }) => isDoc).map(({ state }) => state)));
  return states.has('normal') || !states.has('not-installed');
}

/** Ids that the package `setup` gives out: https://pagure.io/setup/blob/master/f/uidgid */
const staticIds = 201;

async function accountsOf(
  packages: readonly RpmPackage[],
  { paths, users, groups }: ClosureFiles,
  { machine, ids, signal }: FinishContext,
): Promise<RpmLock['accounts']> {
  const passwd = '/etc/passwd' as FilePath;
  const group = '/etc/group' as FilePath;
  const sysusers = paths.filter((path) => /^\/usr\/lib\/sysusers\.d\/[\w.@+-]+\.conf$/.test(path));
  const files = await gatherReadable(machine, [passwd, group, ...sysusers], signal);
  const declared = sysusers.flatMap((path) => namesInSysusers(files.get(path) ?? Buffer.alloc(0)));
  const owners = packages.flatMap((each) => each.files.flatMap(({ user, group: own }) => [user, own]));
  return collectAccounts({
    passwd: files.get(passwd) ?? Buffer.alloc(0),
    group: files.get(group) ?? Buffer.alloc(0),
    names: new Set([...owners, ...declared]),
    ids: {
      users: [...new Set([...users, ...(ids?.users ?? [])])],
      groups: [...new Set([...groups, ...(ids?.groups ?? [])])],
    },
    isStatic: (id) => id < staticIds || id === 65534,
  });
}

async function repackMissing(
  packages: readonly RpmPackage[],
  origins: ReadonlyMap<RpmPackage, Origin>,
  context: FinishContext,
): Promise<Map<RpmPackage, Repacked>> {
  const { repack, progress } = context;
  const chosen = packages.filter(
    (each) => repack === 'all' || (repack === 'missing' && origins.get(each)?.isAvailable !== true),
  );
  const repacked = new Map<RpmPackage, Repacked>();
  if (chosen.length === 0) return repacked;
  await stage(
    progress,
    'repacking packages that no known repository has',
    async (advance) => {
      for await (const [each, result] of repackAll(chosen, context)) {
        repacked.set(each, result);
        advance(repacked.size);
      }
    },
    { total: chosen.length, unit: 'packages' },
  );
  return repacked;
}

function notesOf({ packages, problems }: Closure, { format, folder }: RpmDatabase): string[] {
  const notes = packages.flatMap((each) =>
    [...each.problems, ...(problems.get(each) ?? [])].map((sentence) => `${each.id}: ${sentence}`),
  );
  if (format !== 'sqlite') {
    notes.push(
      `The rpm database in ${folder} is of the kind ${format}; a new system gets one of the kind sqlite, which its own rpm may not read.`,
    );
  }
  return notes;
}
