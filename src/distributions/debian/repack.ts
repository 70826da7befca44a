import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { formatStanza } from '../../archives/apt/deb822.js';
import type { Contents } from '../../archives/contents.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import type { Sha256 } from '../../hash.js';
import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { MayCarry } from '../../packaging/reader.js';
import { scratchFolder } from '../../scratch.js';
import { arHeader, arMagic } from './deb-writer.js';
import type { InstalledFiles, InstalledPackage, StatOverride } from './installed.js';
import { type PackedFile, readPackedContent, UnreadableFile } from './packed-content.js';
import { planMembers } from './packed-members.js';

export interface RepackContext {
  readonly machine: Machine;
  readonly contents: Contents;
  /** Where a listed path of this package really lies (its diverted-to path), when it is diverted. */
  readonly divertedTo: (path: FilePath, packageName: string) => FilePath | undefined;
  readonly statOverrides: readonly StatOverride[];
  /** Whether a file that is not as its package shipped it may be packed. */
  readonly mayCarry?: MayCarry | undefined;
  readonly signal?: AbortSignal;
}

/** A package put together again from its installed files. */
export interface Repacked {
  /** Of the .deb among the contents; absent when a file could not be read, which `problems` then names. */
  readonly hash?: Sha256;
  readonly size?: number;
  /** Files whose content is not what the package's checksums say; the .deb holds them as they are, and so do the contents. */
  readonly changed: readonly { readonly path: FilePath; readonly content: Sha256 }[];
  /** Changed files that may not be carried, where they lie: the .deb is without them. */
  readonly withheld: readonly FilePath[];
  /** What is missing, changed or unreadable, as whole sentences. */
  readonly problems: readonly string[];
}

/** Fields of the status file that dpkg adds to what the package's control file said. */
const statusFields = new Set(['Status', 'Conffiles', 'Config-Version', 'Triggers-Pending', 'Triggers-Awaited']);

const scripts = new Set(['preinst', 'postinst', 'prerm', 'postrm', 'config']);
/** Members of dpkg's info folder that are not part of a package, or are written anew. */
const ownMembers = new Set(['list', 'control', 'conffiles', 'md5sums-obsolete']);
const gzipLevel = 4;

/** Makes a .deb of an installed package the way dpkg-repack does, byte for byte the same for the same files. */
export async function repack(
  installed: InstalledPackage,
  files: InstalledFiles,
  context: RepackContext,
): Promise<Repacked> {
  const { contents, signal } = context;
  const { members: found, problems } = await planMembers(installed, files, context);
  // The date of a shared folder says when anything was put there last: that of the package's own files says more.
  const mtime = found.reduce(
    (newest, { type, mtime: own }) => (type === 'directory' ? newest : Math.max(newest, own)),
    0,
  );
  const members = found.map((member) => (member.type === 'directory' ? { ...member, mtime } : member));
  await using scratch = await scratchFolder('repack');
  try {
    const data = join(scratch.path, 'data.tar.gz');
    const changed: PackedFile[] = [];
    const withheld: PackedFile[] = [];
    const told = (file: PackedFile, state: 'changed' | 'withheld') =>
      (state === 'changed' ? changed : withheld).push(file);
    await pipeline(
      readPackedContent(members, files, { ...context, told }),
      createGzip({ level: gzipLevel }),
      createWriteStream(data),
      ...(signal ? [{ signal }] : []),
    );
    const control = gzipSync(
      controlTar(
        installed,
        files,
        members.map(({ listed }) => listed).filter((path) => !withheld.some(({ listed }) => listed === path)),
        mtime,
      ),
      { level: 9 },
    );
    const { hash, size } = await contents.add(debOf(control, data, (await stat(data)).size, mtime));
    for (const { listed } of changed) problems.push(changedProblem(installed, listed, 'it was repacked as it is'));
    for (const { listed } of withheld)
      problems.push(changedProblem(installed, listed, 'it may hold a secret, and is not carried'));
    const kept = await keepChanged(changed, context);
    return { hash, size, changed: kept, withheld: withheld.map(({ path }) => path), problems };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { changed: [], withheld: [], problems: [...problems, `${installed.name}: ${error.message}`] };
  }
}

/** Each changed file beside the package, so that people and the proof find it by its own hash. */
async function keepChanged(changed: readonly PackedFile[], { machine, contents }: RepackContext) {
  const kept: { path: FilePath; content: Sha256 }[] = [];
  for (const { listed, path } of changed) {
    const { hash } = await contents.add(machine.files.stream(path));
    kept.push({ path: listed, content: hash });
  }
  return kept;
}

function changedProblem(installed: InstalledPackage, listed: FilePath, what: string): string {
  const path = Buffer.from(listed, 'latin1').toString('utf8');
  return `${path} of ${installed.name} is not as its package's checksum says; ${what}.`;
}

async function* debOf(control: Buffer, data: string, dataSize: number, mtime: number): AsyncGenerator<Uint8Array> {
  yield arMagic;
  yield* arMember('debian-binary', Buffer.from('2.0\n'), mtime);
  yield* arMember('control.tar.gz', control, mtime);
  yield arHeader('data.tar.gz', dataSize, mtime);
  yield* createReadStream(data, { highWaterMark: 1 << 18 });
  if (dataSize % 2 === 1) yield Buffer.from('\n');
}

function* arMember(name: string, content: Buffer, mtime: number): Generator<Uint8Array> {
  yield arHeader(name, content.length, mtime);
  yield content;
  if (content.length % 2 === 1) yield Buffer.from('\n');
}

/** The control member: fields, conffiles, checksums, maintainer scripts, triggers and whatever else info/ has. */
function controlTar(
  installed: InstalledPackage,
  files: InstalledFiles,
  packed: readonly FilePath[],
  mtime: number,
): Buffer {
  const present = new Set<string>(packed);
  const conffiles = files.conffiles.map(({ path }) => path).filter((path) => present.has(path));
  const all = new Map<string, Uint8Array>([...files.control].filter(([name]) => !ownMembers.has(name)));
  all.set('control', Buffer.from(formatStanza(controlFields(installed)), 'utf8'));
  if (conffiles.length > 0) all.set('conffiles', Buffer.from(`${conffiles.join('\n')}\n`, 'latin1'));
  if (!all.has('md5sums') && files.md5sums.size > 0) all.set('md5sums', md5sums(files));
  const blocks: Uint8Array[] = [
    tarHeader({ name: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime }),
  ];
  for (const [name, content] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mode = scripts.has(name) ? 0o755 : 0o644;
    blocks.push(tarHeader({ name, type: 'file', mode, uid: 0, gid: 0, size: content.length, mtime }));
    blocks.push(content, tarPadding(content.length));
  }
  return Buffer.concat([...blocks, tarEnd()]);
}

function controlFields({ fields }: InstalledPackage): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !statusFields.has(name)));
}

function md5sums({ md5sums: sums }: InstalledFiles): Buffer {
  return Buffer.from([...sums].map(([path, md5]) => `${md5}  ${path.slice(1)}\n`).join(''), 'latin1');
}
