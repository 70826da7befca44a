import { readIfThere } from '../src/machines/if-there.js';
import type { Machine } from '../src/machines/machine.js';
import { resolveKinds } from '../src/machines/ways.js';
import { type FilePath, normalizePath, parentPath } from '../src/model/file-path.js';
import type { HostFile } from '../src/model/host-file.js';

export interface Placed {
  readonly hostFiles: readonly HostFile[];
  /** What must be made to show them, parents first. */
  readonly missing: readonly FilePath[];
}

/** Where the host's files belong in a tree, and what is missing there: no link of the tree may lead out of it. */
export async function placeHostFiles({ files }: Machine, hostFiles: readonly HostFile[]): Promise<Placed> {
  const ways = await resolveKinds(
    files,
    hostFiles.map(({ target }) => target),
  );
  const placed: HostFile[] = [];
  const missing = new Set<FilePath>();
  for (const file of hostFiles) {
    const { path, end } = ways.resolve(file.target);
    // What is behind a missing folder is not resolved, and may lead up.
    if ((end !== 'found' && end !== 'missing') || normalizePath(path) !== path) continue;
    placed.push({ ...file, target: path });
    for (let at = path; at !== '/' && ways.entry(at) === undefined; at = parentPath(at)) missing.add(at);
  }
  return { hostFiles: placed, missing: [...missing].sort((a, b) => a.length - b.length) };
}

/** What was made in a tree, one path a line: each is named before it is made. */
export async function readMountPoints(list: FilePath, { files }: Machine): Promise<ReadonlySet<FilePath>> {
  const content = await readIfThere(files, list);
  return new Set((content?.toString('latin1') ?? '').split('\n').filter(Boolean) as FilePath[]);
}
