import { type FilePath, parsePath } from '../model/file-path.js';
import type { RunProof, Volatility } from './proof.js';

/** At most this share of the accessed owned files may fall under a volatile rule. */
export const volatileShare = 0.01;

/** Whether the published rules excuse so little that the proof still means something. */
export function volatilityOf(
  runs: readonly RunProof[],
  codeAt: (path: FilePath) => (uses: readonly string[]) => boolean,
): Volatility {
  const owned = new Set<string>();
  const volatile = new Set<string>();
  const programs = new Set<string>();
  for (const { path, verdict, state, uses = [] } of runs.flatMap(({ paths }) => paths)) {
    const isOwned = state === 'owned' || state === 'modified';
    if (isOwned && verdict !== 'engine') owned.add(path);
    if (verdict !== 'volatile') continue;
    if (isOwned) volatile.add(path);
    if (codeAt(parsePath(path))(uses)) programs.add(path);
  }
  return {
    owned: owned.size,
    volatile: volatile.size,
    programs: [...programs].sort(),
    ok: programs.size === 0 && volatile.size <= owned.size * volatileShare,
  };
}
