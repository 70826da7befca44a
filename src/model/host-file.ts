import type { FilePath } from './file-path.js';

/** Something of the host that programs see in an environment: read-only but for a device, and never part of it. */
export interface HostFile {
  /** Where it is on the host, free of links. */
  readonly source: FilePath;
  /** Where programs look for it, free of the links that the spec knows. */
  readonly target: FilePath;
  readonly type: 'file' | 'directory' | 'device';
}
