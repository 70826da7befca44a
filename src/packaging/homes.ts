import { homedir } from 'node:os';
import { readIfThere } from '../machines/if-there.js';
import type { Machine, Unreadable } from '../machines/machine.js';
import { type FilePath, pathFromText } from '../model/file-path.js';

/** Where people's own caches and settings are: the homes of a machine's accounts, and ours where it is this machine. */
export async function homesOn({ files, isLocal }: Machine, unreadable: Unreadable): Promise<FilePath[]> {
  const passwd = await readIfThere(files, '/etc/passwd' as FilePath, unreadable);
  const lines = passwd?.toString('latin1').split('\n') ?? [];
  const homes = lines.flatMap((line) => (line.split(':')[5] ?? []) as FilePath | []);
  if (isLocal) homes.push(pathFromText(homedir()));
  return [...new Set(homes)].filter((home) => /^\/./.test(home));
}
