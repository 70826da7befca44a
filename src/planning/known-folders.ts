import { type FilePath, isWithin } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';

/** Whether what is put there is gone at the next start, because it lies in memory or is the kernel's. */
export function isGoneAtStart(path: FilePath): boolean {
  return isMountedAtRun(path) || isWithin(path, '/run' as FilePath);
}

/** Whether an engine mounts something of its own there, so that nothing can be put in place. */
export function isMountedAtRun(path: FilePath): boolean {
  return isKernelPath(path) || isWithin(path, '/dev/shm' as FilePath);
}
