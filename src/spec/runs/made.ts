import type { Access } from '../../model/access.js';
import type { FilePath } from '../../model/file-path.js';
import type { Specification } from '../specification.js';
import { chainsOf } from './chains.js';

/**
 * What a traced run makes by itself. None of it may be there before the run: `mkdir`, `ln -s` and `git clone` fail when
 * what they make exists. By its real path too: outputs are known by that.
 */
export function madeByRun(trace: { readonly accesses: readonly Access[] } | undefined): ReadonlySet<FilePath> {
  const made = new Set<FilePath>();
  for (const { path, resolved = path, uses, before } of trace?.accesses ?? []) {
    if (before === 'absent' || uses.includes('created')) made.add(path).add(resolved);
  }
  return made;
}

/** For each run of a spec, what it and those whose place it goes on in make by themselves. */
export async function madeByThen({
  manifest,
  trace,
}: Pick<Specification, 'manifest' | 'trace'>): Promise<ReadonlyMap<string, ReadonlySet<FilePath>>> {
  const made = new Map<string, ReadonlySet<FilePath>>();
  for (const chain of chainsOf(manifest.runs)) {
    let before: readonly FilePath[] = [];
    for (const { id } of chain) {
      made.set(id, new Set([...before, ...madeByRun(await trace(id))]));
      before = [...(made.get(id) ?? [])];
    }
  }
  return made;
}
