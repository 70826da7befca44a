import type { TarHeader } from '../../filesystem/tar-writer.js';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import type { InstalledFiles, InstalledPackage, StatOverride } from './installed.js';

/** One member of a repacked package: what its tar header says, and where its content lies. */
export interface PackedMember extends TarHeader {
  /** The path as the package lists it. */
  readonly listed: FilePath;
  /** Where it lies on the machine. */
  readonly path: FilePath;
}

interface MemberContext {
  readonly machine: Machine;
  readonly divertedTo: (path: FilePath, packageName: string) => FilePath | undefined;
  readonly statOverrides: readonly StatOverride[];
  readonly signal?: AbortSignal;
}

/** What goes into the data of a repacked package, parents first, with sentences for what cannot. */
export async function planMembers(
  installed: InstalledPackage,
  files: InstalledFiles,
  context: MemberContext,
): Promise<{ readonly members: PackedMember[]; readonly problems: string[] }> {
  const { machine, divertedTo, statOverrides, signal } = context;
  const problems: string[] = [];
  const listed = [...new Set(files.list.map((path) => (path === '/.' ? ('/' as FilePath) : path)))].sort(comparePaths);
  const parents = new Set<string>(listed.map((path) => path.slice(0, Math.max(1, path.lastIndexOf('/')))));
  const listedAs = new Map(listed.map((path) => [divertedTo(path, installed.name) ?? path, path]));
  const overrides = new Map(statOverrides.map((override) => [override.path as string, override]));
  const members: PackedMember[] = [];
  for await (const [path, entry] of machine.files.entries([...listedAs.keys()], signal ? { signal } : {})) {
    const place = { listed: listedAs.get(path) ?? path, path };
    if (!entry) {
      problems.push(
        `${showPath(place.path)} of ${installed.name} is not there any more, so its repacked copy lacks it.`,
      );
      continue;
    }
    const member = memberOf(entry, place, parents.has(place.listed));
    if (!member) {
      problems.push(`${showPath(place.path)} of ${installed.name} is a ${entry.type}, which cannot be repacked.`);
      continue;
    }
    const override = overrides.get(place.path);
    if (!override) members.push(member);
    else {
      members.push(withoutOverride(member));
      problems.push(
        `The mode of ${showPath(place.path)} before its dpkg-statoverride is not known; the override is set again anyway.`,
      );
    }
  }
  return { members: await withHardLinks(members, machine), problems };
}

function memberOf(
  entry: FileEntry,
  place: { readonly listed: FilePath; readonly path: FilePath },
  hasChildren: boolean,
): PackedMember | undefined {
  const common = { ...place, name: place.listed.slice(1), uid: entry.uid, gid: entry.gid, mtime: entry.mtime, size: 0 };
  // A link that stands where the package has a folder (merged /usr, or a folder moved elsewhere) is not the package's.
  if (entry.type === 'symlink' && (hasChildren || isMergedFolder(place.listed))) {
    return { ...common, type: 'directory', mode: 0o755, uid: 0, gid: 0 };
  }
  if (entry.type === 'symlink') return { ...common, type: 'symlink', mode: 0o777, target: entry.target ?? '' };
  if (entry.type === 'directory') return { ...common, type: 'directory', mode: entry.mode };
  if (entry.type === 'file') return { ...common, type: 'file', mode: entry.mode, size: entry.size };
  if (entry.type === 'fifo') return { ...common, type: 'fifo', mode: entry.mode };
  return undefined;
}

function isMergedFolder(path: FilePath): boolean {
  return /^\/(?:bin|sbin|lib|lib32|lib64|libo32|libx32)$/.test(path);
}

function withoutOverride(member: PackedMember): PackedMember {
  const executable = member.type === 'directory' || (member.mode & 0o111) !== 0;
  return { ...member, uid: 0, gid: 0, mode: executable ? 0o755 : 0o644 };
}

/**
 * Files of one package that are one file under several names stay so. Only files of equal size and date can be, so a
 * program is asked only where there are such; without a shell they become files of their own.
 */
async function withHardLinks(members: readonly PackedMember[], machine: Machine): Promise<PackedMember[]> {
  const twins = new Map<string, PackedMember[]>();
  for (const member of members) {
    if (member.type !== 'file' || member.size === 0) continue;
    const key = `${member.size} ${member.mtime} ${member.mode} ${member.uid} ${member.gid}`;
    twins.set(key, [...(twins.get(key) ?? []), member]);
  }
  const candidates = [...twins.values()].filter((group) => group.length > 1).flat();
  if (candidates.length === 0 || !machine.shell) return [...members];
  const input = Buffer.from(candidates.map(({ path }) => `${path}\0`).join(''), 'latin1');
  const { exit, stdout } = await machine.shell.run(['xargs', '-0', 'stat', '--printf=%h %d:%i\\0', '--'], { input });
  const inodes = stdout.toString('latin1').split('\0').slice(0, -1);
  if (exit.code !== 0 || inodes.length !== candidates.length) return [...members];
  const first = new Map<string, PackedMember>();
  const linked = new Map<PackedMember, PackedMember>();
  for (const [index, member] of candidates.entries()) {
    const [links, inode = ''] = (inodes[index] ?? '').split(' ');
    const original = first.get(inode);
    if (links === '1') continue;
    // The one that the tar meets first carries the content.
    if (!original) first.set(inode, member);
    else linked.set(member, original);
  }
  return members.map((member) => {
    const original = linked.get(member);
    return original ? { ...member, type: 'hardlink', size: 0, target: original.name } : member;
  });
}
