import type { Readable } from 'node:stream';
import type { Sha256 } from '../../hash.js';

/** What a machine boots from, known before it is made; disposed when it is needed no more. */
export interface BootableSystem extends AsyncDisposable {
  /** Of all that it is made of. */
  readonly digest: Sha256;
  /** Makes it, as a tar stream that is there as long as the work with it. */
  build<T>(work: (tree: Readable) => Promise<T>): Promise<T>;
}

/** Makes systems of packages by their names, with all that they need. */
export type SystemMaker = (packages: readonly string[]) => Promise<BootableSystem>;
