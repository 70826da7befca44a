import type { ImageFormat } from '../src/machines/formats/format.js';
import type { Backend } from './backend.js';
import type { Outer } from './outer.js';

/** Every backend, loaded when first asked for; the key is the folder's name. */
export const backends = {
  rootfs: async () => (await import('./rootfs/index.js')).rootfs,
  chroot: async () => (await import('./chroot/index.js')).chroot,
  schroot: async () => (await import('./schroot/index.js')).schroot,
  native: async () => (await import('./native/index.js')).native,
  docker: async () => (await import('./docker/index.js')).docker,
  singularity: async () => (await import('./singularity/index.js')).singularity,
} as const satisfies Record<string, () => Promise<Backend>>;

/** Every way to another machine that a backend can act on, as in `ssh:rootfs`; the key is the folder's name. */
export const outers = {
  ssh: async () => (await import('./ssh/index.js')).ssh,
  aws: async () => (await import('./aws/index.js')).aws,
  vagrant: async () => (await import('./vagrant/index.js')).vagrantMachines,
} as const satisfies Record<string, () => Promise<Outer>>;

/** Every form of file that an environment is exported to and imported from; of those that fit the first reads it. */
export const formats = {
  sif: async () => (await import('./singularity/sif.js')).sif,
  oci: async () => (await import('../src/machines/formats/oci.js')).ociFormat,
  'docker-archive': async () => (await import('../src/machines/formats/oci.js')).dockerArchive,
  'vagrant-box': async () => (await import('./vagrant/formats.js')).vagrantBox,
  ova: async () => (await import('./vagrant/formats.js')).ova,
  tar: async () => (await import('../src/machines/formats/tar.js')).tarFormat,
  sandbox: async () => (await import('../src/machines/formats/sandbox.js')).sandboxFormat,
} as const satisfies Record<string, () => Promise<ImageFormat>>;

export type BackendName = keyof typeof backends;
export type OuterName = keyof typeof outers;

export type FormatName = keyof typeof formats;

export function isBackend(name: string): name is BackendName {
  return Object.hasOwn(backends, name);
}

export function isOuter(name: string): name is OuterName {
  return Object.hasOwn(outers, name);
}
