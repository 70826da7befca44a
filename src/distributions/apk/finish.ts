import { gatherReadable } from '../../machines/gather.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import { stage } from '../../model/progress.js';
import { collectAccounts } from '../../packaging/accounts.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import { leftOutOf, type PackedTree, packing, packingProblems, packTrees } from '../../packaging/repacked-tree.js';
import type { UsrLayout } from '../../packaging/usr-layout.js';
import { type Closure, closureOf, groundOf, type PackageIndex } from './closure.js';
import { type ApkDatabase, type ApkPackage, decoded } from './database.js';
import { databaseOf } from './database-files.js';
import { generatedRule, isApplet } from './generated.js';
import { keysOf } from './keys.js';
import { repositoryLines } from './repositories.js';
import type { ApkLock, ApkLockedPackage, ApkManifest } from './schema.js';

/** What finishing needs to know of everything that was claimed, and stood. */
export interface Claimed {
  readonly database: ApkDatabase;
  readonly index: PackageIndex;
  readonly layout: UsrLayout;
  readonly used: ReadonlySet<ApkPackage>;
  readonly needed: readonly ApkPackage[];
}

/** Closes over what was used, packs its installed files, and writes both halves. */
export async function finish(claimed: Claimed, context: FinishContext): Promise<Finished<ApkManifest, ApkLock>> {
  const { database, index, used, needed } = claimed;
  const closure = closureOf([...used, ...needed, ...groundOf(index)], index);
  const entries = await entriesOf(closure.packages, claimed, context);
  const packed = await pack(closure.packages, entries, context);
  const all = [...entries.values()].flat();
  const leftOut = new Set(leftOutOf(packed.values()));
  const packages = [...closure.packages].sort((a, b) => comparePaths(a.name, b.name));
  const keys = await keysOf(context);
  const lock: ApkLock = {
    name: 'apk',
    architecture: database.architecture,
    folder: database.folder,
    repositories: await repositoryLines(context.machine, context.signal),
    ...(keys.length > 0 ? { keys } : {}),
    packages: packages.map((each) => lockedPackage(each, claimed, closure, packed.get(each))),
    database: await databaseOf(closure.packages, database, context),
    links: await appletsOf(claimed, context),
    accounts: await accountsOf(all, context),
  };
  const names = [...used].map(({ name, version }) => `${name}=${version}`).sort(comparePaths);
  return {
    manifest: { name: 'apk', packages: names },
    lock,
    files: [...new Set(all.map(({ path }) => path))].filter((path) => !leftOut.has(path)).sort(comparePaths),
    notes: [...notesOf(closure)],
    epoch: Math.max(0, ...packages.map(builtAt)),
  };
}

/** What exists of each package's files, where it really lies. */
async function entriesOf(
  packages: readonly ApkPackage[],
  { layout }: Claimed,
  { machine, signal }: FinishContext,
): Promise<Map<ApkPackage, FileEntry[]>> {
  const paths = new Set(packages.flatMap(({ files }) => files.map(({ path }) => layout.canonical(path))));
  const found = new Map<FilePath, FileEntry>();
  for await (const [path, entry] of machine.files.entries([...paths].sort(comparePaths), signal ? { signal } : {})) {
    if (entry) found.set(path, entry);
  }
  return new Map(
    packages.map((each) => [each, each.files.flatMap(({ path }) => found.get(layout.canonical(path)) ?? [])]),
  );
}

async function pack(
  packages: readonly ApkPackage[],
  entries: ReadonlyMap<ApkPackage, readonly FileEntry[]>,
  context: FinishContext,
): Promise<ReadonlyMap<ApkPackage, PackedTree>> {
  // No repository tells the hash of a whole package, so that there is no other way to have it again for sure.
  if (context.repack === 'none') return new Map();
  const trees = new Map(
    packages.map((each) => {
      const own = (entries.get(each) ?? []).filter(({ path }) => generatedRule(path)?.name !== 'accounts');
      return [each, own.map((entry) => ({ name: entry.path.slice(1), entry }))] as const;
    }),
  );
  const work = () => packTrees(trees, packing(context));
  return stage(context.progress, 'packing installed packages', work, { total: packages.length, unit: 'packages' });
}

function lockedPackage(
  each: ApkPackage,
  { used, database }: Claimed,
  { needs, problems }: Closure,
  copy: PackedTree | undefined,
): ApkLockedPackage {
  const { name, version, architecture, checksum, fields } = each;
  const all = [...(problems.get(each) ?? []), ...packingProblems(copy)];
  const own = [...(needs.get(each) ?? [])].map((one) => one.name).sort(comparePaths);
  const isAsked = database.world.some((word) => /^[^<>=~@]+/.exec(word)?.[0] === name);
  const hash = copy && 'hash' in copy ? { repacked: copy.hash, size: copy.size } : undefined;
  return {
    name,
    version,
    architecture,
    ...(fields.has('o') ? { origin: decoded(fields.get('o') ?? '') } : {}),
    ...(fields.has('c') ? { commit: decoded(fields.get('c') ?? '') } : {}),
    ...(builtAt(each) > 0 ? { built: builtAt(each) } : {}),
    checksum,
    used: used.has(each),
    ...(own.length > 0 ? { needs: own } : {}),
    ...(isAsked ? {} : { automatic: true }),
    certainty: hash ? 'repacked' : 'unknown',
    ...hash,
    ...(all.length > 0 ? { problems: all } : {}),
  };
}

/** Seconds since 1970; 0 where it is not known. */
export function builtAt({ fields }: ApkPackage): number {
  const date = Number(fields.get('t') ?? 0);
  return Number.isSafeInteger(date) && date > 0 ? date : 0;
}

/** The links that no package lists. */
async function appletsOf({ index }: Claimed, { machine, signal }: FinishContext): Promise<ApkLock['links']> {
  const paths: FilePath[] = [];
  for (const folder of ['/bin', '/sbin', '/usr/bin', '/usr/sbin'] as readonly string[] as readonly FilePath[]) {
    if ((await machine.files.lstat(folder))?.type !== 'directory') continue;
    for (const name of await machine.files.list(folder)) paths.push(`${folder}/${name}` as FilePath);
  }
  const links: ApkLock['links'] = [];
  const unlisted = paths.filter((path) => index.owning(path).length === 0);
  for await (const [path, entry] of machine.files.entries(unlisted, signal ? { signal } : {})) {
    if (isApplet(entry?.target)) links.push({ path: showPath(path), target: showPath(entry?.target ?? path) });
  }
  return links;
}

async function accountsOf(
  entries: readonly FileEntry[],
  { machine, ids, signal }: FinishContext,
): Promise<ApkLock['accounts']> {
  const [passwd, group] = ['/etc/passwd', '/etc/group'] as readonly string[] as readonly [FilePath, FilePath];
  const files = await gatherReadable(machine, [passwd, group], signal);
  return collectAccounts({
    passwd: files.get(passwd) ?? Buffer.alloc(0),
    group: files.get(group) ?? Buffer.alloc(0),
    names: new Set(),
    ids: {
      users: [...new Set([...entries.map(({ uid }) => uid), ...(ids?.users ?? [])])],
      groups: [...new Set([...entries.map(({ gid }) => gid), ...(ids?.groups ?? [])])],
    },
    // Of alpine-baselayout's own, and of system accounts that packages add.
    isStatic: (id) => id < 1000 || id === 65534,
  });
}

function notesOf({ packages, problems }: Closure): string[] {
  return packages.flatMap((each) =>
    (problems.get(each) ?? []).map((sentence) => `${each.name}-${each.version}: ${sentence}`),
  );
}
