import { zipMembers } from '../../archives/zip.js';
import { type FilePath, joinPath } from '../../model/file-path.js';

const recordNames = ['EGG-INFO/PKG-INFO', 'EGG-INFO/requires.txt'];

/**
 * Adds what zipped eggs hold, as if each were a folder; one that cannot be read says nothing of itself.
 * https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html
 */
export async function withZippedEggs(databases: ReadonlyMap<FilePath, Buffer>): Promise<ReadonlyMap<FilePath, Buffer>> {
  const eggs = [...databases].filter(([path]) => path.endsWith('.egg'));
  if (eggs.length === 0) return databases;
  const all = new Map(databases);
  for (const [egg, content] of eggs) {
    for (const [name, record] of await recordsIn(content, egg)) all.set(joinPath(egg, name), record);
  }
  return all;
}

async function recordsIn(content: Buffer, egg: FilePath): Promise<[name: FilePath, record: Buffer][]> {
  const found: [FilePath, Buffer][] = [];
  try {
    for (const member of await zipMembers(content, egg)) {
      if (!recordNames.includes(member.name)) continue;
      const chunks: Buffer[] = [];
      for await (const chunk of member.content()) chunks.push(chunk);
      found.push([member.name, Buffer.concat(chunks)]);
    }
  } catch {
    return [];
  }
  return found;
}
