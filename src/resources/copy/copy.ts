import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf, ReproError } from '../../errors.js';
import { extractMembers, type NamedMember } from '../../filesystem/tar-extract.js';
import { type FilePath, joinPath, showPath } from '../../model/file-path.js';
import { type Progress, silent, stage } from '../../model/progress.js';
import { type CopyEnd, findSource, findTarget, type Source, shellOf, type Target } from './ends.js';
import { membersOf, packMembers } from './members.js';
import { putMembers } from './put.js';

export interface CopyOptions {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** What was copied. */
export interface Copied {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Bytes of the files. */
  readonly size: number;
  /** What is no file, folder or link. */
  readonly leftOut: readonly string[];
}

/**
 * Copies a file or folder from one machine to another, with modes and times, as one stream. It belongs to `to.owner`,
 * or to who runs this where that is this machine. No link in the place that it goes to is ever written through.
 */
export async function copyBetween(from: CopyEnd, to: CopyEnd, options: CopyOptions = {}): Promise<Copied> {
  const source = await findSource(from);
  const target = await findTarget(to, source);
  if (target.isThere && !to.machine.isLocal) await refuseLinks(from, source, to, target);
  return counted(from, source, target.name, options, (members) =>
    to.machine.isLocal ? extractMembers(target.folder, members) : putMembers(to, target, members),
  );
}

/** Gives a file's content, or a folder as a tar. */
export async function copyToStream(
  from: CopyEnd,
  output: NodeJS.WritableStream,
  options: CopyOptions = {},
): Promise<Copied> {
  const source = await findSource(from);
  return counted(from, source, source.name, options, async (members) => {
    const bytes =
      source.type === 'directory' ? packMembers(members, '/' as FilePath, { uid: 0, gid: 0 }) : contents(members);
    // Who reads it may have seen enough.
    await pipeline(bytes, output, { end: false }).catch((error: unknown) => {
      if (codeOf(error) !== 'EPIPE') throw error;
    });
  });
}

async function* contents(members: AsyncIterable<NamedMember>): AsyncGenerator<Buffer> {
  for await (const { content } of members) yield* content;
}

async function counted(
  from: CopyEnd,
  source: Source,
  prefix: FilePath,
  { progress = silent, signal }: CopyOptions,
  sink: (members: AsyncIterable<NamedMember>) => Promise<void>,
): Promise<Copied> {
  const copied = { files: 0, folders: 0, links: 0, size: 0, leftOut: [] as string[] };
  const tar = shellOf(from).get([source.path]);
  const abort = () => tar.destroy(new Error('aborted', { cause: signal?.reason }));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const copy = async (advance: (done: number) => void) => {
      const leaveOut = (path: FilePath) => void copied.leftOut.push(showPath(path));
      await sink(count(membersOf(passing(tar, advance), source, prefix, leaveOut), copied));
    };
    await stage(progress, 'copy', copy, { unit: 'bytes' });
    return copied;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    tar.destroy();
  }
}

type Counts = { -readonly [Key in keyof Copied]: Copied[Key] };

async function* count(members: AsyncIterable<NamedMember>, counts: Counts): AsyncGenerator<NamedMember> {
  for await (const member of members) {
    if (member.type === 'directory') counts.folders++;
    else if (member.type === 'symlink') counts.links++;
    else counts.files++;
    counts.size += member.size;
    yield member;
  }
}

async function* passing(stream: Readable, advance: (done: number) => void): AsyncGenerator<Buffer> {
  let done = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    yield chunk;
    done += chunk.length;
    advance(done);
  }
}

/** A tar goes through links to folders: where one is in the place of a folder that is copied, it would lead elsewhere. */
async function refuseLinks(from: CopyEnd, source: Source, to: CopyEnd, { folder, name }: Target): Promise<void> {
  const places: FilePath[] = [];
  for await (const kinds of from.machine.files.walkKinds(source.path))
    for (const { path, type } of kinds)
      if (type === 'directory')
        places.push(joinPath(joinPath(folder, name), path.slice(source.path.length).replace(/^\//, '')));
  for (const [path, kind] of await to.machine.files.kinds(places)) {
    if (kind === undefined || kind.type === 'directory') continue;
    const what = kind.type === 'symlink' ? 'a link' : 'no folder';
    throw new ReproError('usage', `a folder cannot be copied, for ${what} is in its place`, {
      where: `${showPath(path)} on ${to.machine.label}`,
      remedy: 'choose another name, or move it away',
    });
  }
}
