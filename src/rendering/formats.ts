import type { Format } from './format.js';

/** Every format, loaded when it is asked for. */
export const formats = {
  dockerfile: async () => (await import('./formats/dockerfile.js')).dockerfile,
  singularity: async () => (await import('./formats/singularity.js')).singularity,
  vagrantfile: async () => (await import('./formats/vagrantfile.js')).vagrantfile,
  'cloud-init': async () => (await import('./formats/cloud-init.js')).cloudInit,
  'conda-yaml': async () => (await import('./formats/conda-yaml.js')).condaYaml,
  devcontainer: async () => (await import('./formats/devcontainer.js')).devcontainer,
} as const satisfies Record<string, () => Promise<Format>>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];
