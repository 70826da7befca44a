import { gatherReadable } from '../../machines/gather.js';
import type { Machine } from '../../machines/machine.js';
import { type FileEntry, showMode } from '../../model/file-entry.js';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import { stage } from '../../model/progress.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import { accountsOfDebian } from './accounts.js';
import type { Claimed } from './claimed.js';
import { closureOf, needsOf } from './closure.js';
import { closureFiles } from './closure-files.js';
import { gatherControl, readChecksums } from './database.js';
import type { InstalledFiles } from './installed.js';
import { keysOf } from './keys.js';
import { lockedPackage } from './locked-package.js';
import { leftNotes, localNotes, missingNotes, packageNotes } from './notes.js';
import { findOrigins, type PackageOrigin } from './origins.js';
import type { DpkgPackage } from './package.js';
import { type Repacked, repack } from './repack.js';
import type { DebianLock, DebianManifest } from './schema.js';

/** Closes over what was used, finds where it came from, repacks what nothing has, and writes both halves. */
export async function finish(claimed: Claimed, context: FinishContext): Promise<Finished<DebianManifest, DebianLock>> {
  const { machine, progress, signal } = context;
  const { database, diversions, layout } = claimed;
  const closure = closureOf([...claimed.used, ...claimed.needed], claimed.index);
  const control = await gatherControl(machine, signal);
  const files = await closureFiles(closure.packages, claimed, machine, signal);
  const origins = await findOrigins(closure.packages, machine, {
    checkReachable: context.repack === 'missing',
    // It was checked when it was read.
    former: context.former?.find(({ name }) => name === 'debian') as DebianLock | undefined,
    progress,
    ...(signal ? { signal } : {}),
  });
  const statOverrides = database.statOverrides.filter(({ path }) => {
    const canonical = layout.canonical(path);
    return files.listed.has(canonical) || claimed.paths.has(canonical);
  });
  const repacked = await repackAll(closure.packages, origins.packages, control, claimed, context);
  const scripts = closure.packages.flatMap(({ stem }) =>
    ['preinst', 'postinst', 'config'].flatMap((name) => control.get(stem)?.get(name) ?? []),
  );
  const accounts = accountsOfDebian({
    ...(await accountFiles(machine, files.paths, signal)),
    scripts,
    statOverrides,
    ids: {
      users: [...new Set([...files.users, ...(context.ids?.users ?? [])])],
      groups: [...new Set([...files.groups, ...(context.ids?.groups ?? [])])],
    },
  });
  const withheld = new Set([...repacked.values()].flatMap((each) => each.withheld));
  const automatic = database.automatic();
  const needs = needsOf(closure, claimed.index);
  const keys = await keysOf(origins.sources, (path) => files.listed.has(layout.canonical(path)), context);
  const lock: DebianLock = {
    name: 'debian',
    architecture: database.architecture,
    foreignArchitectures: [...database.foreignArchitectures],
    archives: [...origins.archives],
    packages: [...closure.packages]
      .sort((a, b) => comparePaths(a.id, b.id))
      .map((each) =>
        lockedPackage(each, {
          used: claimed.used.has(each),
          automatic: automatic.has(each.id),
          needs: needs(each),
          origin: origins.packages.get(each),
          repacked: repacked.get(each),
          problems: [...each.problems, ...(closure.problems.get(each) ?? [])],
        }),
      ),
    diversions: database.diversions
      .filter(({ by, path }) => by === undefined && isConcerned(layout.canonical(path)))
      .map(({ path, divertedTo }) => ({ path: showPath(path), divertedTo: showPath(divertedTo) })),
    alternatives: claimed.alternatives.map(({ alternative: { name, link, mode }, value }) => ({
      name,
      link: showPath(link),
      value: showPath(value),
      mode,
    })),
    statOverrides: statOverrides.map((each) => ({ ...each, path: showPath(each.path) })),
    ...(files.missing.length > 0 ? { missing: files.missing.length } : {}),
    ...(files.sharedFolders.length > 0 ? { folders: files.sharedFolders.map(describeFolder) } : {}),
    accounts,
    sources: [...origins.sources],
    ...(keys.length > 0 ? { keys } : {}),
  };
  return {
    manifest: { name: 'debian', packages: requests(claimed) },
    lock,
    files: files.paths.filter((path) => !withheld.has(path)),
    notes: [
      ...packageNotes(closure),
      ...leftNotes(claimed, context),
      ...localNotes(closure, origins, repacked),
      ...missingNotes(files.missing),
      ...origins.notes,
    ],
    epoch: files.epoch,
  };

  /** A local diversion matters when it moves a file of the closure, or was seen by the run. */
  function isConcerned(path: FilePath): boolean {
    return files.listed.has(path) || claimed.paths.has(path) || diversions.ofContested(path)?.by !== undefined;
  }
}

/** `name=version`, with the architecture only where it is not the machine's own. */
function requests({ used, database }: Claimed): string[] {
  return [...used]
    .map(({ name, version, architecture }) => {
      const isForeign = architecture !== 'all' && architecture !== database.architecture;
      return `${name}${isForeign ? `:${architecture}` : ''}=${version}`;
    })
    .sort(comparePaths);
}

function describeFolder({ path, mode, uid, gid }: FileEntry) {
  return { path: showPath(path), mode: showMode(mode), uid, gid };
}

async function repackAll(
  packages: readonly DpkgPackage[],
  origins: ReadonlyMap<DpkgPackage, PackageOrigin>,
  control: ReadonlyMap<string, ReadonlyMap<string, Buffer>>,
  { database, diversions, layout }: Claimed,
  context: FinishContext,
): Promise<Map<DpkgPackage, Repacked>> {
  const { machine, contents, progress, signal } = context;
  const chosen = packages.filter(
    (each) =>
      context.repack === 'all' || (context.repack === 'missing' && origins.get(each)?.availability !== 'present'),
  );
  const repacked = new Map<DpkgPackage, Repacked>();
  if (context.repack === 'none' || chosen.length === 0) return repacked;
  await readChecksums(chosen, machine);
  const divertedTo = (path: FilePath, packageName: string): FilePath | undefined =>
    diversions.divertedTo(layout.canonical(path), packageName);
  await stage(
    progress,
    'repacking packages that no known archive has',
    async (advance) => {
      for (const each of chosen) {
        signal?.throwIfAborted();
        const installed = installedFiles(each, control.get(each.stem));
        const { mayCarry } = context;
        const repackContext = { machine, contents, divertedTo, mayCarry, statOverrides: database.statOverrides };
        repacked.set(each, await repack(each, installed, { ...repackContext, ...(signal ? { signal } : {}) }));
        advance(repacked.size);
      }
    },
    { total: chosen.length, unit: 'packages' },
  );
  return repacked;
}

function installedFiles(each: DpkgPackage, control: ReadonlyMap<string, Buffer> | undefined): InstalledFiles {
  return {
    list: each.listedPaths(),
    md5sums: each.checksums,
    conffiles: each.conffiles,
    control: control ?? new Map(),
  };
}

async function accountFiles(
  machine: Machine,
  closure: readonly FilePath[],
  signal: AbortSignal | undefined,
): Promise<{ passwd: Buffer; group: Buffer; sysusers: Buffer[] }> {
  const passwd = '/etc/passwd' as FilePath;
  const group = '/etc/group' as FilePath;
  const sysusers = closure.filter((path) => /^\/usr\/lib\/sysusers\.d\/[\w.@+-]+\.conf$/.test(path));
  const files = await gatherReadable(machine, [passwd, group, ...sysusers], signal);
  const empty = Buffer.alloc(0);
  return {
    passwd: files.get(passwd) ?? empty,
    group: files.get(group) ?? empty,
    sysusers: sysusers.flatMap((path) => files.get(path) ?? []),
  };
}
