import type { Backend } from './backend.js';

/** Every backend, loaded when first asked for; the key is the folder's name. */
export const backends = {
  rootfs: async () => (await import('./rootfs/index.js')).rootfs,
  docker: async () => (await import('./docker/index.js')).docker,
} as const satisfies Record<string, () => Promise<Backend>>;

export type BackendName = keyof typeof backends;

export function isBackend(name: string): name is BackendName {
  return Object.hasOwn(backends, name);
}
