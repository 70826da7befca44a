import { baseName, type FilePath, isWithin } from '../../model/file-path.js';
import type { NeverCarry, NeverCarryRule } from './never-carry.js';

export interface PrivacyContext {
  /** Of a tool's own tree or of a package; else it is people's own. */
  readonly inTree: boolean;
  /** Files and folders that the user named: carried whatever the rules say. */
  readonly named?: readonly FilePath[];
}

/**
 * The rule that keeps a file's content out of the spec, where one does; `head` is its beginning, or all of it. All that
 * carries content asks here, so that what is kept of a file in one place is not left out in another.
 */
export function privateRule(
  never: NeverCarry,
  path: FilePath,
  head: Buffer,
  { inTree, named = [] }: PrivacyContext,
): NeverCarryRule | undefined {
  if (isNamed(path, named)) return undefined;
  const listed = never.byPath(path);
  if (listed || (inTree && isBinary(path, head))) return listed;
  return never.byContent(path, head, inTree);
}

export function isNamed(path: FilePath, named: readonly FilePath[]): boolean {
  return named.some((one) => isWithin(path, one));
}

/**
 * A tool's machine code holds the headers of keys that it reads and writes, as ssh-keygen does; it is not searched for
 * what only text can hold. Python's compiled files are: they hold the texts of their sources.
 */
function isBinary(path: FilePath, head: Buffer): boolean {
  if (head.toString('latin1', 0, 4) === '\x7fELF') return true;
  return /\.(?:so[.0-9]*|a|o|png|gz|zip|exe|mo)$/.test(baseName(path)) && head.includes(0);
}
