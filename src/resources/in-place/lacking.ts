import { Readable } from 'node:stream';
import type { ContentSource } from '../../archives/contents.js';
import { readTar } from '../../filesystem/tar-reader.js';
import { readIfThere } from '../../machines/if-there.js';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, pathFromText, showPath } from '../../model/file-path.js';
import type { Accounts, LockHalf } from '../../model/lock-half.js';
import type { ReplayStep, Step } from '../../model/plan.js';
import { type EntryStep, isEntryStep, packSteps } from '../../planning/pack-steps.js';
import { unfit } from './installed.js';

/** The entries that steps put in place and a host has not. What it has otherwise is in the way. */
export async function missingEntries(
  steps: readonly Step[],
  contents: ContentSource,
  host: Machine,
  signal?: AbortSignal,
): Promise<FileEntry[]> {
  const wanted = new Map<FilePath, FileEntry>();
  const tar = Readable.from(packSteps(steps.filter(isEntryStep), contents), { objectMode: false });
  for await (const entry of readTar(tar, { hash: true, ...(signal && { signal }) })) wanted.set(entry.path, entry);
  const missing: FileEntry[] = [];
  const others: string[] = [];
  const options = { hash: true, ...(signal && { signal }) };
  for await (const [path, found] of host.files.entries([...wanted.keys()], options)) {
    const entry = wanted.get(path);
    if (!entry) continue;
    if (!found) missing.push(entry);
    else if (!isAlike(entry, found)) others.push(showPath(path));
  }
  if (others.length === 0) return missing;
  const more = others.length > 10 ? ` and ${others.length - 10} more` : '';
  throw unfit(
    `other files than those of the environment are in their places: ${others.slice(0, 10).join(', ')}${more}`,
  );
}

/** A folder that is there has what others put into it, too: whose it is and who may enter stays as it is. */
function isAlike(wanted: FileEntry, found: FileEntry): boolean {
  if (wanted.type !== found.type) return false;
  if (wanted.type === 'directory') return true;
  if (wanted.uid !== found.uid || wanted.gid !== found.gid) return false;
  return wanted.type === 'symlink'
    ? wanted.target === found.target
    : wanted.mode === found.mode && wanted.hash === found.hash;
}

/** Whether all that a step of the spec makes is there as it was recorded. */
export async function isMade({ makes }: ReplayStep, { files }: Machine): Promise<boolean> {
  const wanted = new Map<FilePath, EntryStep>(makes.map(({ entry }) => [entry.path, entry]));
  for await (const [path, found] of files.entries([...wanted.keys()], { hash: true })) {
    const entry = wanted.get(path);
    if (entry?.kind === 'write' && (found?.type !== 'file' || found.hash !== entry.content)) return false;
    if (entry?.kind === 'link' && (found?.type !== 'symlink' || found.target !== entry.target)) return false;
    if (entry?.kind === 'directory' && found?.type !== 'directory') return false;
  }
  return true;
}

/** The accounts that the environment has and a host has not, by name. */
export async function missingAccounts(halves: readonly LockHalf[], { files }: Machine): Promise<Accounts> {
  const namesIn = async (file: string) => {
    const text = (await readIfThere(files, pathFromText(file)))?.toString('latin1') ?? '';
    return new Set(text.split('\n').map((line) => line.split(':')[0]));
  };
  const [users, groups] = [await namesIn('/etc/passwd'), await namesIn('/etc/group')];
  const all = halves.flatMap(({ accounts }) => accounts ?? []);
  return {
    users: all.flatMap((each) => each.users).filter(({ name }) => !users.has(name)),
    groups: all.flatMap((each) => each.groups).filter(({ name }) => !groups.has(name)),
  };
}
