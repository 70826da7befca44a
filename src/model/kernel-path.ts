import { type FilePath, isWithin } from './file-path.js';

/** Folders that the running kernel fills, and that of our tracer. */
export const kernelFolders = ['/proc', '/sys', '/dev', '/run/reproman'] as readonly string[] as readonly FilePath[];

/** What {@link isKernelPath} tells; for rules that are patterns themselves. */
export const kernelPattern = new RegExp(`^(?!/dev/shm/)(?:${kernelFolders.join('|')})(?:/|$)`);

/**
 * Whether the running kernel makes up what is at a path (or our tracer does): it can be neither hashed nor carried,
 * reading some of it acts, and its links lead elsewhere for us than for the traced process. What lies in /dev/shm is
 * an ordinary file that some program put there.
 */
export function isKernelPath(path: FilePath): boolean {
  // Most paths are told apart by one character.
  return /^\/[psdr]/.test(path) && kernelPattern.test(path);
}

/** Whether an engine mounts something of its own there, so that nothing can be put in place. */
export function isMountedAtRun(path: FilePath): boolean {
  return isKernelPath(path) || isWithin(path, '/dev/shm' as FilePath);
}

/** Whether what is put there is gone at the next start, because it lies in memory or is the kernel's. */
export function isGoneAtStart(path: FilePath): boolean {
  return isMountedAtRun(path) || isWithin(path, '/run' as FilePath);
}
