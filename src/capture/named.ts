import type { Machine } from '../machines/machine.js';
import { comparePaths, type FilePath, showPath } from '../model/file-path.js';
import type { Subject, Survey } from './survey.js';

/** What the user named, as it is on the machine. */
export interface Named {
  readonly files: readonly Subject[];
  readonly folders: readonly FilePath[];
  readonly notes: readonly string[];
}

/** What the user named is carried from where it lies, used by the runs or not: a folder as a tree. */
export async function lookAtNamed({ files: view }: Machine, places: ReadonlyMap<FilePath, FilePath>): Promise<Named> {
  const files: Subject[] = [];
  const folders: FilePath[] = [];
  const notes: string[] = [];
  for (const [asked, path] of places) {
    const entry = await view.lstat(path);
    if (entry?.type === 'directory') folders.push(path);
    else if (entry?.type === 'file') files.push({ path, entry, uses: new Set(), before: undefined, owner: undefined });
    else
      notes.push(`${showPath(asked)} is to be carried, and is ${entry ? 'neither a file nor a folder' : 'not there'}.`);
  }
  return { files, folders, notes };
}

/** All that is to be decided about, in byte order. */
export function withNamed(survey: Survey, named: Named): Subject[] {
  const subjects = new Map(survey.subjects);
  for (const subject of named.files) if (!subjects.has(subject.path)) subjects.set(subject.path, subject);
  return [...subjects.values()].sort((a, b) => comparePaths(a.path, b.path));
}
