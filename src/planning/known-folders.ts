import { type FilePath, isWithin } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';

const top = 'bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var';
const below: Readonly<Record<string, string>> = {
  '/usr': 'bin games include lib lib32 lib64 libexec libx32 local sbin share src',
  '/usr/local': 'bin etc games include lib man sbin share src',
  '/var': 'backups cache lib local lock log mail opt run spool tmp',
};

/** Folders and links that every base system makes itself (Filesystem Hierarchy Standard 3.0); a plan leaves them be. */
const baseFolders: ReadonlySet<string> = new Set([
  '/',
  ...top.split(' ').map((name) => `/${name}`),
  ...Object.entries(below).flatMap(([folder, names]) => names.split(' ').map((name) => `${folder}/${name}`)),
]);

/** Whether the base system makes this folder or link. */
export function isBaseFolder(path: FilePath): boolean {
  return baseFolders.has(path);
}

/** Whether what is put there is gone at the next start, because it lies in memory or is the kernel's. */
export function isGoneAtStart(path: FilePath): boolean {
  return isMountedAtRun(path) || isWithin(path, '/run' as FilePath);
}

/** Whether an engine mounts something of its own there, so that nothing can be put in place. */
export function isMountedAtRun(path: FilePath): boolean {
  return isKernelPath(path) || isWithin(path, '/dev/shm' as FilePath);
}
