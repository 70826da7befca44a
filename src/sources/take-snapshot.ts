import { ReproError } from '../errors.js';
import { writeSnapshot } from '../filesystem/snapshot.js';
import { writeTrieFile } from '../filesystem/trie/file.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import type { FileEntry } from '../model/file-entry.js';
import { showPath } from '../model/file-path.js';
import { silent, stage } from '../model/progress.js';
import { writeWhole } from '../whole-file.js';
import { type Collected, readSources } from './collect.js';
import { withoutPassword } from './open.js';
import type { ReadOptions, Source } from './source.js';
import { type SnapshotSummary, summarize } from './summary.js';

export interface SnapshotOptions extends ReadOptions {
  /** A file to write; without it nothing is written. */
  readonly output?: string;
  readonly format?: 'trie' | 'jsonl';
}

/** Reads a filesystem, and writes down what it has; what stands for several is an error that names them. */
export async function takeSnapshot(source: Source, options: SnapshotOptions): Promise<SnapshotSummary> {
  const { output, format = 'trie', progress = silent } = options;
  const collected = await readSources([source], options);
  const facts = collected.facts.get(source.name) ?? {};
  if (output !== undefined) await stage(progress, `writing ${output}`, () => write(collected, output, format));
  return summarize(withoutPassword(source.text), collected.trie, facts);
}

async function write({ trie, facts }: Collected, output: string, format: 'trie' | 'jsonl'): Promise<void> {
  if (format === 'trie') return writeTrieFile(output, trie, facts);
  await writeWhole(output, (draft) => writeSnapshot(draft, wholeEntries(trie)));
}

function* wholeEntries(trie: FilesystemTrie): Generator<FileEntry, void> {
  for (const entry of trie) {
    if (!isWhole(entry)) {
      throw new ReproError('usage', `of ${showPath(entry.path)} too little is known for a line of a snapshot`, {
        remedy: 'write it with --format trie',
      });
    }
    const { path, type, mode, uid, gid, size, mtime, target, hash, unreadable } = entry;
    yield {
      ...{ path, type, mode, uid, gid, size, mtime },
      ...(target !== undefined && { target }),
      ...(hash !== undefined && { hash }),
      ...(unreadable !== undefined && { unreadable }),
    };
  }
}

function isWhole(entry: PartialEntry): entry is FileEntry {
  const { type, mode, uid, gid, size, mtime } = entry;
  return [type, mode, uid, gid, size, mtime].every((each) => each !== undefined);
}
