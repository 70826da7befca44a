import { homedir } from 'node:os';
import type { Machine } from '../machines/machine.js';
import { type FilePath, pathFromText } from '../model/file-path.js';

/** Where people's own caches and settings are: the homes of a machine's accounts, and ours where it is this machine. */
export async function homesOn({ files, isLocal }: Machine): Promise<FilePath[]> {
  const passwd = await files.read('/etc/passwd' as FilePath).catch(() => Buffer.alloc(0));
  const lines = passwd.toString('latin1').split('\n');
  const homes = lines.flatMap((line) => (line.split(':')[5] ?? []) as FilePath | []);
  if (isLocal) homes.push(pathFromText(homedir()));
  return [...new Set(homes)].filter((home) => /^\/./.test(home));
}
