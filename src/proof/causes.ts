import { isSourceName } from '../model/code-names.js';
import type { FileEntry } from '../model/file-entry.js';
import { baseName, type FilePath } from '../model/file-path.js';
import type { Owner, PackageRef } from '../model/owner.js';
import type { Substitute } from '../model/resource.js';
import type { Cause, Difference } from './proof.js';

export interface Explanation {
  readonly cause: Cause;
  readonly why: string;
}

/** The versions of the created tree's packages; undefined where not known. */
export type InstalledVersions = (reference: PackageRef) => Promise<string | 'not installed' | undefined>;

/** Whether a file of the created tree is a package's setting, as the package ships it. */
export type ShippedSetting = (path: FilePath) => Promise<boolean>;

export interface CauseContext {
  readonly installed: InstalledVersions;
  /** What stands in for a package. */
  readonly substituteOf: (reference: PackageRef) => Substitute | undefined;
  readonly isShippedSetting: ShippedSetting;
  /** Why the manifest lists the file without its content; undefined of all others. */
  readonly notCarried: (path: FilePath) => string | undefined;
  /** The step of the manifest that makes the file; undefined of all others. */
  readonly madeByStep: (path: FilePath) => string | undefined;
}

/** Why an entry of the created tree is not what it was on the origin, as far as the spec and the tree can tell. */
export async function explain(
  path: FilePath,
  owner: Owner | undefined,
  differences: readonly Difference[],
  { installed, substituteOf, isShippedSetting, notCarried, madeByStep }: CauseContext,
): Promise<Explanation> {
  const first = differences[0]?.aspect;
  const reference = owner?.package;
  const substitute = reference && substituteOf(reference);
  if (substitute) return { cause: 'substituted', why: standsIn(substitute) };
  const version = reference && (await installed(reference));
  if (reference && version === 'not installed') {
    return { cause: 'missing', why: `the package ${reference.name} is not installed` };
  }
  if (reference && version !== undefined && version !== reference.version) {
    return { cause: 'other-version', why: `${reference.name} is at ${version}, not ${reference.version}` };
  }
  const step = madeByStep(path);
  if (step !== undefined) {
    const here = first === 'presence' ? 'did not make it here' : 'made something else of it here';
    return { cause: 'step', why: `the step ${step} ${here}, and its content is not in the spec` };
  }
  const reason = notCarried(path);
  if (reason !== undefined) return { cause: 'not-carried', why: `its content is not in the spec: ${reason}` };
  if (owner?.state === 'modified') {
    return { cause: 'configuration', why: 'it was changed on the origin after its package was installed' };
  }
  if (first === 'presence') return { cause: 'missing', why: 'nothing is there' };
  if (first === 'content' && (await isShippedSetting(path))) {
    return { cause: 'configuration', why: 'it was edited on the origin, and is as its package ships it' };
  }
  if (first === 'mode' || first === 'owner') return { cause: 'unknown', why: 'its permissions were changed' };
  if (first === 'link') return { cause: 'unknown', why: 'the link leads elsewhere' };
  return { cause: 'unknown', why: 'nothing in the spec explains it' };
}

function standsIn({ name, version, instead, built }: Substitute): string {
  if (instead !== undefined) return `${name} ${instead} stands in for ${version}, which nobody had`;
  return built ? `${name} was built anew from its source` : `${name} is one of that name, not the very package`;
}

/**
 * Whether a file is a program, library or script, none of which may differ under a volatile rule. What is compiled of a
 * source beside it is none: it is volatile by a rule, and the source is compared.
 */
export function isCode(path: FilePath, entry: FileEntry | undefined, uses: readonly string[]): boolean {
  if (entry !== undefined && entry.type !== 'file') return false;
  if (uses.includes('executed') || isSourceName(baseName(path))) return true;
  return entry !== undefined && (entry.mode & 0o111) !== 0;
}
