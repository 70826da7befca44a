import { join } from 'node:path';
import { cacheFolder } from '../scratch.js';

/** Where the store is: as chosen, `$REPROMAN_STORE`, or `$XDG_CACHE_HOME/reproman/store`. */
export function defaultStoreFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['REPROMAN_STORE'] || join(cacheFolder(environment), 'store');
}

/** The store of this process from now on, and of what it starts; an absolute path. */
export function chooseStore(folder: string): void {
  process.env['REPROMAN_STORE'] = folder;
}
