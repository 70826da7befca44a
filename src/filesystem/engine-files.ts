import { type FilePath, isWithin } from '../model/file-path.js';

/** What an engine, and not the environment, puts into a tree. Published in `specs/digest.md` with the reasons. */
const engineFiles = new Set([
  ...['/.dockerenv', '/etc/debian_chroot', '/etc/hostname', '/etc/hosts', '/etc/mtab', '/etc/resolv.conf'],
  ...['/.exec', '/.run', '/.shell', '/.singularity.d', '/.test', '/environment', '/singularity'],
] as FilePath[]);

/** Folders whose content does not count; the entry itself does where it is none of the above. */
const engineFolders = ['/.singularity.d', '/dev', '/proc', '/run', '/sys', '/tmp'] as FilePath[];

/** Whether an engine decides what stands at the path, so that no digest or proof may depend on it. */
export function isEngineFile(path: FilePath): boolean {
  return engineFiles.has(path) || engineFolders.some((folder) => path !== folder && isWithin(path, folder));
}
