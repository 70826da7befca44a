import { type FilePath, isWithin } from '../model/file-path.js';

/** What an engine, and not the environment, puts into a tree. Published in `specs/digest.md` with the reasons. */
const engineFiles = ['/.dockerenv', '/etc/hostname', '/etc/hosts', '/etc/mtab', '/etc/resolv.conf'] as FilePath[];

/** Folders whose own entry counts, but not what is in them. */
const engineFolders = ['/dev', '/proc', '/run', '/sys', '/tmp'] as FilePath[];

/** Whether an engine decides what stands at the path, so that no digest or proof may depend on it. */
export function isEngineFile(path: FilePath): boolean {
  return engineFiles.includes(path) || engineFolders.some((folder) => path !== folder && isWithin(path, folder));
}
