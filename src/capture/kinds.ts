import type { Use } from '../model/access.js';
import { hasCodeExtension, isCodeName } from '../model/code-names.js';
import { baseName, type FilePath, isWithin } from '../model/file-path.js';

/** What a file that no package owns is to a run. */
export type LooseKind = 'code' | 'configuration' | 'data';

const configurationExtension = /\.(?:conf|cfg|ini|rc|cnf)$/i;

/** Where an administrator puts software by hand. */
const siteFolders = ['/usr/local', '/opt'] as readonly string[] as readonly FilePath[];

/**
 * Decides by use first: what is executed is code, wherever it lies. Of what is read, the name and the beginning tell
 * (`#!`, ELF, a zip of modules). What lies where software is put by hand is part of that software; settings are what is
 * under /etc and what is hidden in one of the `folders` (homes and working directories). All else is data.
 */
export function kindOf(
  path: FilePath,
  usedFor: ReadonlySet<Use>,
  head: Buffer,
  folders: readonly FilePath[],
): LooseKind {
  if (usedFor.has('executed') || startsAsCode(head)) return 'code';
  const name = baseName(path);
  if (isCodeName(name)) return 'code';
  if (isWithin(path, '/etc' as FilePath) || isWithin(path, '/usr/local/etc' as FilePath)) return 'configuration';
  if (siteFolders.some((folder) => isWithin(path, folder))) return 'code';
  if (configurationExtension.test(name) || isHidden(path, folders)) return 'configuration';
  return 'data';
}

/** A hidden file, or one in a hidden folder, as seen from the innermost of the folders (homes, working directories). */
export function isHidden(path: FilePath, folders: readonly FilePath[]): boolean {
  const inside = folders.filter((folder) => folder !== '/' && isWithin(path, folder));
  const from = Math.max(0, ...inside.map((folder) => folder.length));
  return path.slice(from).includes('/.') && !path.slice(from).includes('/.cache/');
}

export function isElf(head: Buffer): boolean {
  return head.length >= 4 && head[0] === 0x7f && head.toString('latin1', 1, 4) === 'ELF';
}

function startsAsCode(head: Buffer): boolean {
  return isElf(head) || head.toString('latin1', 0, 2) === '#!' || hasCodeExtension(firstInZip(head));
}

/** The name of the first member: interpreters import modules from a zip of whatever name. */
function firstInZip(head: Buffer): string {
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) return '';
  return head.toString('latin1', 30, 30 + head.readUInt16LE(26));
}
