import type { SourceKind } from './kind.js';

/** All kinds that are named, by what is before the colon. What has no such name is a file, an address or a resource. */
export const sourceKinds: Readonly<Record<string, SourceKind>> = {
  host: {
    usage: 'host:[FOLDER]',
    open: async (...asked) => (await import('./kinds/disk.js')).openHost(...asked),
  },
  dir: {
    usage: 'dir:FOLDER',
    open: async (...asked) => (await import('./kinds/disk.js')).openDirectory(...asked),
  },
  tar: {
    usage: 'tar:FILE',
    open: async (...asked) => (await import('./kinds/tar.js')).openTar(...asked),
  },
  docker: {
    usage: 'docker:IMAGE|CONTAINER',
    open: async (...asked) => (await import('./kinds/engine.js')).openEngineSource(...asked),
  },
  'docker-archive': {
    usage: 'docker-archive:FILE[:NAME]',
    open: async (...asked) => (await import('./kinds/image-files.js')).openDockerArchiveSource(...asked),
  },
  oci: {
    usage: 'oci:FOLDER|FILE[:TAG]',
    open: async (...asked) => (await import('./kinds/image-files.js')).openOciSource(...asked),
  },
  registry: {
    usage: 'registry:HOST[:PORT]/NAME[:TAG|@DIGEST]',
    open: async (...asked) => (await import('./kinds/registry-image.js')).openRegistrySource(...asked),
  },
  sif: {
    usage: 'sif:FILE',
    open: async (...asked) => (await import('./kinds/sif.js')).openSifSource(...asked),
  },
  ssh: {
    usage: 'ssh:[USER@]HOST[:PORT]',
    open: async (...asked) => (await import('./kinds/ssh.js')).openSshSource(...asked),
  },
};
