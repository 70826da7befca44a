import type { ResolveContext } from '../distribution.js';
import type { DebianLock, DebianManifest } from './schema.js';

/** Resolves a hand-written or edited manifest into a lock with what apt's archives have. */
export async function resolveDebian(
  manifest: DebianManifest,
  context: ResolveContext<DebianLock>,
): Promise<DebianLock> {
  throw new Error(`${manifest.name} ${context.base.release}`);
}
