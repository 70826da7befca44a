import { stat } from 'node:fs/promises';
import { codeOf } from './errors.js';

/** Whether something is at a place of this machine; a link is what it leads to. Throws what hinders the look. */
export async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
