import { constants, copyFile, link, mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forEachConcurrently } from '../../archives/concurrency.js';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import type { Lock } from '../document/schema.js';
import { readSpecification } from '../read.js';
import type { Specification } from '../specification.js';
import { layoutOf, parts, type SpecLayout, tracePart } from './layout.js';
import { lockText } from './lock-file.js';

/**
 * Puts a whole spec with the lock that it was resolved to into a folder that is there, and reads it from there. What
 * the lock names by its hash is linked where the file system can, so it takes no space, and damage to it is noticed.
 */
export async function copySpecification(spec: Specification, lock: Lock, folder: string): Promise<Specification> {
  const from = layoutOf(spec.file);
  const to = layoutOf(join(folder, 'environment.yml'));
  try {
    await copyParts(lock, from, to);
  } catch (error) {
    throw new ReproError('not-ready', `the spec cannot be copied: ${reasonOf(error)}`, { where: folder, cause: error });
  }
  const copy = await readSpecification(to.manifest);
  if (copy.lock) return copy;
  throw new ReproError('usage', 'the spec was changed while it was read', { where: spec.file, remedy: 'try again' });
}

async function copyParts(lock: Lock, from: SpecLayout, to: SpecLayout): Promise<void> {
  const traces = Object.keys(lock.traces).map(tracePart);
  const contents = Object.keys(lock.contents).map((hash) => `${parts.contents}/${hash}`);
  const named = [
    ...(lock.snapshot ? [parts.snapshot] : []),
    ...(lock.paths ? [parts.paths] : []),
    ...traces,
    ...contents,
  ];
  for (const folder of [parts.traces, parts.contents]) await mkdir(join(to.folder, folder), { recursive: true });
  await forEachConcurrently(named, 8, (part) => linkOrCopy(join(from.folder, part), join(to.folder, part)));
  for (const part of [parts.schema, parts.standIns]) {
    await linkOrCopy(join(from.folder, part), join(to.folder, part)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }
  await writeFile(join(to.folder, parts.lock), lockText(lock));
  await copyFile(from.manifest, to.manifest);
}

/** The file itself, where a link stands for it: data managers keep them elsewhere. */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  const file = await realpath(source);
  await link(file, target).catch(() => copyFile(file, target, constants.COPYFILE_FICLONE));
}
