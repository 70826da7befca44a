import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { ContentSource } from '../archives/contents.js';
import { ReproError } from '../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { DirectoryStep, LinkStep, Step, WriteStep } from '../model/plan.js';

/** A step that puts an entry in place, so that any number of them can go as one tar stream. */
export type EntryStep = WriteStep | DirectoryStep | LinkStep;

export function isEntryStep(step: Step): step is EntryStep {
  return step.kind === 'write' || step.kind === 'directory' || step.kind === 'link';
}

/** The steps' entries as a tar stream with names relative to the root. Every content is checked while it passes. */
export async function* packSteps(
  steps: readonly EntryStep[],
  contents: ContentSource,
  advance: (done: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  for (const [index, step] of steps.entries()) {
    const name = step.path.slice(1) as FilePath;
    if (name === '') continue;
    if (step.kind === 'write') yield* packFile(step, name, contents);
    else if (step.kind === 'directory') {
      yield tarHeader({ ...step, name, type: 'directory', size: 0, mtime: step.mtime ?? 0 });
    } else yield tarHeader({ ...step, name, type: 'symlink', mode: 0o777, size: 0, mtime: step.mtime ?? 0 });
    advance(index + 1);
  }
  yield tarEnd();
}

async function* packFile(step: WriteStep, name: FilePath, contents: ContentSource): AsyncGenerator<Buffer> {
  const { size } = await stat(await contents.locate(step.content));
  yield tarHeader({ ...step, name, type: 'file', size });
  const hash = createHash('sha256');
  let seen = 0;
  for await (const chunk of contents.open(step.content) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    seen += chunk.length;
    if (seen > size) break;
    yield chunk;
  }
  if (seen !== size || hash.digest('hex') !== step.content) {
    throw new ReproError('usage', `the content kept for ${showPath(step.path)} is damaged`, {
      where: step.content,
      remedy: 'copy the environment.d folder again from where the spec was made',
    });
  }
  yield tarPadding(size);
}
