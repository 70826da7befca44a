import { createHash } from 'node:crypto';
import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { Listing } from './reader.js';

/** Compares files and links with the sums that their packages recorded; what is gone is `modified` too. */
export async function findModified(
  files: ReadonlyMap<FilePath, Listing>,
  machine: Machine,
  signal?: AbortSignal,
): Promise<Owner[]> {
  const options = signal ? { signal } : {};
  const changed: Owner[] = [];
  const present: FilePath[] = [];
  const tell = (path: FilePath, rule: string) => {
    const reference = files.get(path)?.package.ref;
    if (reference) changed.push({ path, state: 'modified', package: reference, rule });
  };
  for await (const [path, entry] of machine.files.entries([...files.keys()], options)) {
    const file = files.get(path)?.file;
    if (!entry) tell(path, 'removed');
    else if (file?.isFolder || !file?.digest) continue;
    else if (entry.type === 'file') present.push(path);
    else if (entry.type !== 'symlink') tell(path, 'replaced');
    else if (hashOf(file.digest, Buffer.from(entry.target ?? '', 'latin1')) !== file.digest.value) tell(path, 'link');
  }
  for await (const { path, content } of machine.files.contents(present, options)) {
    const digest = files.get(path)?.file.digest;
    const hash = createHash(digest?.algorithm ?? 'sha1');
    for await (const chunk of content) hash.update(chunk);
    if (hash.digest('hex') !== digest?.value) tell(path, 'content');
  }
  return changed;
}

function hashOf({ algorithm }: NonNullable<Listing['file']['digest']>, content: Buffer): string {
  return createHash(algorithm).update(content).digest('hex');
}
