import { type FilePath, isWithin } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { Manifest, ManifestFile, ManifestInput, ManifestStep } from '../document/schema.js';

/** What a step leaves, as far as the spec says. */
export function makesOf(step: ManifestStep): readonly ManifestFile[] {
  if (!('download' in step)) return step.makes;
  const { path, sha256, mode, owner, carried } = step;
  return [{ path, sha256, mode, owner, carried }];
}

/** What is put in place before a step. */
export function inputsOf(step: ManifestStep): readonly ManifestInput[] {
  return 'command' in step ? step.inputs : [];
}

/** Whether a step makes a path, or a folder that it is in. */
export function madeByStep(step: ManifestStep): (path: FilePath) => boolean {
  const own = makesOf(step).map(({ path }) => documentPath(path));
  const roots = 'makes' in step && 'path' in step ? [...own, documentPath(step.path)] : own;
  return (path) => roots.some((root) => isWithin(path, root));
}

/** Whether any of a manifest's steps makes a path, or a folder that it is in. */
export function madeBySteps({ steps = [] }: Pick<Manifest, 'steps'>): (path: FilePath) => boolean {
  const all = steps.map(madeByStep);
  return (path) => all.some((isMade) => isMade(path));
}
