import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ReproError } from '../errors.js';
import { readSnapshot } from '../filesystem/snapshot.js';
import type { FileEntry } from '../model/file-entry.js';
import { manifestDigest, parseManifest } from './document/manifest.js';
import type { Lock, Manifest } from './document/schema.js';
import { folderContents } from './folder/contents.js';
import { layoutOf, parts, type SpecLayout, tracePart } from './folder/layout.js';
import { checkCarried, checkParts, listContents, readLock } from './folder/lock-file.js';
import { damagedPart, openPart } from './folder/open-part.js';
import { readStandIns } from './folder/stand-ins.js';
import { readAccesses, readTrace } from './folder/trace-file.js';
import type { Specification } from './specification.js';

/** Reads a spec: the manifest, checked to its last key, and what `environment.d` beside it holds. */
export async function readSpecification(file: string): Promise<Specification> {
  const layout = layoutOf(file);
  const manifest = await parseManifest(await readText(layout.manifest, file), file);
  const held = await readHeld(layout, manifest);
  const fresh = held?.manifest === manifestDigest(manifest);
  return {
    file: layout.manifest,
    manifest,
    lock: fresh ? held : undefined,
    stale: fresh ? undefined : held,
    contents: folderContents(join(layout.folder, parts.contents)),
    standIns: await readStandIns(layout),
    snapshot: () => readEntries(layout, held?.snapshot),
    paths: async () =>
      held?.paths ? readAccesses(openPart(layout, held.paths), join(layout.folder, parts.paths)) : [],
    trace: async (run) => {
      const part = held && Object.hasOwn(held.traces, run) ? held.traces[run] : undefined;
      return part && readTrace(openPart(layout, { ...part, file: tracePart(run) }), join(layout.folder, part.file));
    },
  };
}

async function* readEntries(layout: SpecLayout, part: Lock['snapshot']): AsyncIterable<FileEntry> {
  if (!part) return;
  try {
    yield* readSnapshot(openPart(layout, part));
  } catch (error) {
    throw error instanceof ReproError ? error : damagedPart(join(layout.folder, part.file), error);
  }
}

async function readHeld(layout: SpecLayout, manifest: Manifest): Promise<Lock | undefined> {
  const lock = await readLock(layout);
  if (lock) await checkParts(layout, lock);
  else if (manifest.epoch !== undefined) throw folderMissing(layout);
  // Who edits a manifest may add contents.
  const isFresh = lock?.manifest === manifestDigest(manifest);
  const contents = lock && isFresh ? lock.contents : await listContents(join(layout.folder, parts.contents));
  checkCarried(layout, manifest, contents);
  return lock;
}

/** The text of a manifest; `asked`: how it was named. */
export async function readText(file: string, asked: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadableSpec(file, asked, error);
  }
}

/** A spec that cannot be read, in words: of what the system says on reading `file`, which was `asked` for. */
export function unreadableSpec(file: string, asked: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === 'ENOENT') {
    return new ReproError('usage', 'there is no such spec', {
      where: asked,
      remedy: 'give the path of an environment.yml, or make one with reproman trace -- COMMAND',
      cause,
    });
  }
  if (code === 'EISDIR') {
    const inside = join(file, 'environment.yml');
    const remedy = existsSync(inside) ? `name ${join(asked, 'environment.yml')}` : 'name the environment.yml itself';
    return new ReproError('usage', 'a folder was given where a spec is expected', { where: asked, remedy, cause });
  }
  if (code === 'EACCES') {
    return new ReproError('usage', 'no permission to read the spec', { where: asked, cause });
  }
  if (cause instanceof TypeError) {
    return new ReproError('usage', 'not a text file in UTF-8, so not a spec', { where: asked, cause });
  }
  return cause;
}

function folderMissing(layout: SpecLayout): ReproError {
  return new ReproError('usage', 'this spec was made by a trace, and the folder that belongs to it is missing', {
    where: layout.folder,
    remedy:
      'copy the folder beside the spec; or remove the line epoch: from the spec to have its packages resolved afresh',
  });
}
