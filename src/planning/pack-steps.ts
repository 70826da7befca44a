import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ContentSource } from '../archives/contents.js';
import { loadDistribution } from '../distributions/load.js';
import { ReproError } from '../errors.js';
import { compressionOf, decompress } from '../filesystem/decompress.js';
import { tarMembers } from '../filesystem/tar.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import { sha256 } from '../hash.js';
import { type FilePath, joinPath, showPath } from '../model/file-path.js';
import type { DirectoryStep, LinkStep, Step, UnpackStep, WriteStep } from '../model/plan.js';
import type { Unpacked } from '../packaging/distribution.js';

/** A step that puts entries in place, so that any number of them can go as one tar stream. */
export type EntryStep = WriteStep | DirectoryStep | LinkStep | UnpackStep;

export function isEntryStep(step: Step): step is EntryStep {
  return step.kind !== 'remove' && step.kind !== 'run' && step.kind !== 'replay';
}

export interface PackOptions {
  /** Of all entries, those that are packed. Default: all. */
  readonly wanted?: ((path: FilePath) => boolean) | undefined;
  readonly advance?: (done: number) => void;
}

/** The steps' entries as a tar stream with names relative to the root. Every content is checked while it passes. */
export async function* packSteps(
  steps: readonly EntryStep[],
  contents: ContentSource,
  { wanted = () => true, advance }: PackOptions = {},
): AsyncGenerator<Buffer> {
  for (const [index, step] of steps.entries()) {
    const name = step.path.slice(1) as FilePath;
    if (step.kind === 'unpack') yield* packArchive(step, contents, wanted);
    else if (name === '' || !wanted(step.path)) continue;
    else if (step.kind === 'write') yield* packFile(step, name, contents);
    else if (step.kind === 'directory') {
      yield tarHeader({ ...step, name, type: 'directory', size: 0, mtime: step.mtime ?? 0 });
    } else yield tarHeader({ ...step, name, type: 'symlink', mode: 0o777, size: 0, mtime: step.mtime ?? 0 });
    advance?.(index + 1);
  }
  yield tarEnd();
}

async function* packFile(step: WriteStep, name: FilePath, contents: ContentSource): AsyncGenerator<Buffer> {
  const { file, size } = await contents.find(step.content);
  const header = tarHeader({ ...step, name, type: 'file', size });
  if (size <= readAtOnce) {
    yield Buffer.concat([header, wholeContent(step, file, size), tarPadding(size)]);
    return;
  }
  yield header;
  yield* checkedContent(step, contents, size);
  yield tarPadding(size);
}

/** Bytes. An environment may have tens of thousands of such files: a stream for each costs far more than what it reads. */
const readAtOnce = 1 << 18;

function wholeContent(step: WriteStep, file: string, size: number): Buffer {
  const content = readFileSync(file);
  if (content.length !== size || sha256(content) !== step.content) throw damaged(step);
  return content;
}

/** What an archive holds, under the names that it is to have. */
async function* packArchive(
  step: UnpackStep,
  contents: ContentSource,
  wanted: (path: FilePath) => boolean,
): AsyncGenerator<Buffer> {
  const place = (path: FilePath) => {
    const rest = path.slice(1).split('/').slice(step.strip).join('/');
    return rest === '' ? '' : joinPath(step.path, rest).slice(1);
  };
  const title = `the archive that is unpacked below ${showPath(step.path)}`;
  for await (const member of membersOf(step, contents, title)) {
    const { path, type, target, mode, uid, gid, mtime, size, content } = member;
    const name = place(path);
    if (name === '' || !wanted(`/${name}` as FilePath)) continue;
    if (type === 'character' || type === 'block' || type === 'socket') {
      throw new ReproError('step-failed', `${title} has a device or socket, which is not unpacked`, {
        where: showPath(path),
      });
    }
    const linked = target === undefined ? {} : { target: type === 'hardlink' ? place(target) : target };
    yield tarHeader({ name, type, mode, mtime, size, ...(step.owner ?? { uid, gid }), ...linked });
    yield* content;
    yield tarPadding(size);
  }
}

/** The members of a tar, checked while it passes, or of an artifact that its distribution takes apart, checked before. */
async function* membersOf(step: UnpackStep, contents: ContentSource, title: string): AsyncIterable<Unpacked> {
  const file = await contents.locate(step.content);
  const content = checkedContent(step, contents, (await stat(file)).size);
  if (step.as === undefined) {
    const packed = Readable.from(content, { objectMode: false });
    yield* tarMembers(decompress(packed, await compressionOf(file), title));
    return;
  }
  const { distribution, details } = step.as;
  const module = await loadDistribution(distribution);
  if (!module?.extract) throw new ReproError('usage', `this version cannot unpack packages of '${distribution}'`);
  for await (const _chunk of content);
  yield* module.extract(file, details);
}

/** The content that a step names, checked while it passes. */
async function* checkedContent(
  step: WriteStep | UnpackStep,
  contents: ContentSource,
  size: number,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let seen = 0;
  for await (const chunk of contents.open(step.content) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    seen += chunk.length;
    if (seen > size) break;
    yield chunk;
  }
  if (seen !== size || hash.digest('hex') !== step.content) throw damaged(step);
}

function damaged({ path, content }: WriteStep | UnpackStep): ReproError {
  return new ReproError('usage', `the content kept for ${showPath(path)} is damaged`, {
    where: content,
    remedy: 'copy the environment.d folder again from where the spec was made',
  });
}
