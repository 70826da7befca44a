import { constants } from 'node:buffer';
import { type FilePath, showPath } from '../model/file-path.js';
import type { Resolution } from './resolver.js';

/** The largest file that is read as a whole: what is longer cannot be a text, and no package manager keeps such a one. */
export const largestWhole = constants.MAX_STRING_LENGTH;

/** As node's own: code and path. */
export function resolveError(path: FilePath, resolution: Resolution): NodeJS.ErrnoException {
  const code = resolution.end === 'loop' ? 'ELOOP' : resolution.end === 'missing' ? 'ENOENT' : 'ENOTDIR';
  return systemError(code, path);
}

/** An error as the kernel would give it for a path. */
export function systemError(code: string, path: FilePath): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${showPath(path)}`), { code, path: showPath(path) });
}
