import type { Access } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';

/**
 * What a traced run makes by itself. None of it may be there before the run: `mkdir`, `ln -s` and `git clone` fail when
 * what they make exists.
 */
export function madeByRun(trace: { readonly accesses: readonly Access[] } | undefined): ReadonlySet<FilePath> {
  const made = new Set<FilePath>();
  for (const { path, uses, before } of trace?.accesses ?? []) {
    if (before === 'absent' || uses.includes('created')) made.add(path);
  }
  return made;
}
