import type { Backend } from './backend.js';
import type { Outer } from './outer.js';

/** Every backend, loaded when first asked for; the key is the folder's name. */
export const backends = {
  rootfs: async () => (await import('./rootfs/index.js')).rootfs,
  docker: async () => (await import('./docker/index.js')).docker,
  singularity: async () => (await import('./singularity/index.js')).singularity,
} as const satisfies Record<string, () => Promise<Backend>>;

/** Every way to another machine that a backend can act on, as in `ssh:rootfs`; the key is the folder's name. */
export const outers = {
  ssh: async () => (await import('./ssh/index.js')).ssh,
} as const satisfies Record<string, () => Promise<Outer>>;

export type BackendName = keyof typeof backends;
export type OuterName = keyof typeof outers;

export function isBackend(name: string): name is BackendName {
  return Object.hasOwn(backends, name);
}

export function isOuter(name: string): name is OuterName {
  return Object.hasOwn(outers, name);
}
