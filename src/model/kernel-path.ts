import type { FilePath } from './file-path.js';

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
