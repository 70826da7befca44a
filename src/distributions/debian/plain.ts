import type { TarMember } from '../../filesystem/tar.js';
import { gatherReadable } from '../../machines/gather.js';
import type { Machine } from '../../machines/machine.js';
import { baseName, type FilePath, isWithin, parentPath } from '../../model/file-path.js';
import { readUsrLayout } from '../../packaging/usr-layout.js';
import { closureOf, PackageIndex } from './closure.js';
import { type DpkgDatabase, gatherControl } from './database.js';
import { membersOfDeb, textOf } from './deb-control.js';
import type { DpkgPackage } from './package.js';

/** Packages that leave a system, and the .debs of those that come, in their place or new. */
export interface PackageChange {
  readonly gone: readonly DpkgPackage[];
  readonly come: readonly string[];
}

const scripts = ['preinst', 'postinst', 'prerm', 'postrm', 'config'];

/** Files of a package's control that dpkg acts on: scripts, questions and settings. */
const actedOn = [...scripts, 'templates', 'conffiles'];

const interests = '/var/lib/dpkg/triggers/File' as FilePath;

/**
 * Whether dpkg does nothing for a change but take files away and put others there, so that the system is the same as if
 * those had been there from the start: nothing of these packages is run, nothing that is run needs or names them, and
 * nobody else has or watches their files.
 */
export async function isPlainChange(
  { gone, come }: PackageChange,
  database: DpkgDatabase,
  machine: Machine,
): Promise<boolean> {
  const control = await gatherControl(machine);
  const texts = (each: DpkgPackage) => control.get(each.stem) ?? new Map<string, Buffer>();
  const acting = database.packages.filter((each) => {
    const own = texts(each);
    return each.essential || isActedOn([...own.keys()], own.get('triggers')?.toString('latin1'));
  });
  const index = new PackageIndex(database.packages, database.architecture);
  const needed = new Set(closureOf(acting, index).packages);
  if (gone.some((each) => needed.has(each))) return false;

  const layout = await readUsrLayout(machine);
  const kinds = new Map(await machine.files.kinds(gone.flatMap((each) => each.listedPaths())));
  const paths = gone.flatMap((each) => each.listedPaths().filter((path) => kinds.get(path)?.type !== 'directory'));
  for (const file of come) {
    const inside = await membersOfPlainDeb(file);
    if (!inside) return false;
    for (const member of inside) {
      if (member.type !== 'directory') paths.push(member.path);
      else if (await isOtherFolder(member, machine)) return false;
    }
  }
  const changed = new Set(paths.map(layout.canonical));
  const left = new Set(gone);
  const others = database.packages.filter((each) => !left.has(each));
  const isOthers = others.some((each) => each.listedPaths().some((path) => changed.has(layout.canonical(path))));
  if (isOthers) return false;
  const altered = [
    ...database.diversions.flatMap(({ path, divertedTo }) => [path, divertedTo]),
    ...database.statOverrides.map(({ path }) => path),
  ];
  if (altered.some((path) => changed.has(layout.canonical(path)))) return false;
  const watched = (await watchedBy(machine)).map(layout.canonical);
  if ([...changed].some((path) => watched.some((folder) => isWithin(path, folder)))) return false;
  const run = acting.flatMap((each) => scripts.map((name) => texts(each).get(name)?.toString('latin1')));
  return !namesAny(run.join('\n'), programsIn(changed));
}

function isActedOn(kinds: readonly string[], triggers = ''): boolean {
  const isPlainTrigger = (line: string) => /^\s*(?:#|$|activate(?:-no)?(?:-await|await)? ldconfig\s*$)/.test(line);
  return kinds.some((kind) => actedOn.includes(kind)) || !triggers.split('\n').every(isPlainTrigger);
}

type PlainMember = Pick<TarMember, 'path' | 'type' | 'mode' | 'uid' | 'gid'>;

/** What a .deb unpacks; undefined where dpkg does more than to unpack it. */
async function membersOfPlainDeb(file: string): Promise<PlainMember[] | undefined> {
  const kinds: string[] = [];
  let triggers = '';
  for await (const { path, content } of membersOfDeb(file, 'control')) {
    kinds.push(baseName(path));
    if (path === '/triggers') triggers = await textOf(content);
    if (path === '/control' && /^(?:Essential|Protected): yes$/m.test(await textOf(content))) return undefined;
  }
  if (isActedOn(kinds, triggers)) return undefined;
  const members: PlainMember[] = [];
  for await (const { path, type, mode, uid, gid } of membersOfDeb(file, 'data'))
    members.push({ path, type, mode, uid, gid });
  return members;
}

/** dpkg leaves a folder that is there as it is. */
async function isOtherFolder({ path, mode, uid, gid }: PlainMember, { files }: Machine): Promise<boolean> {
  const there = await files.lstat(path);
  if (there?.type !== 'directory') return false;
  return there.mode !== mode || there.uid !== uid || there.gid !== gid;
}

/** deb-triggers(5): below which paths packages are told of what comes and goes. */
async function watchedBy(machine: Machine): Promise<FilePath[]> {
  const content = (await gatherReadable(machine, [interests])).get(interests);
  const lines = (content?.toString('latin1') ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => line.replace(/ \S+$/, '') as FilePath);
}

function programsIn(paths: Iterable<FilePath>): string[] {
  return [...paths].flatMap((path) => (/\/s?bin$/.test(parentPath(path)) ? [baseName(path)] : []));
}

function namesAny(scripts: string, programs: readonly string[]): boolean {
  if (programs.length === 0) return false;
  const quoted = programs.map((name) => name.replace(/[^\w]/g, '\\$&')).join('|');
  return new RegExp(`(?<![\\w.+-])(?:${quoted})(?![\\w.+-])`).test(scripts);
}
