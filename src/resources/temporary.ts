import { randomUUID } from 'node:crypto';
import type { Backend } from '../../backends/backend.js';
import type { ContentFolder } from '../archives/store.js';
import { openTreeCache } from '../archives/trees.js';
import type { Machine } from '../machines/machine.js';
import type { Progress } from '../model/progress.js';
import type { Resource } from '../model/resource.js';
import type { LockedSpecification } from '../spec/specification.js';
import { backendOf } from './backend-of.js';
import { createEnvironment } from './create.js';
import { removeResource } from './remove.js';

export interface TemporaryOptions {
  /** What its name begins with. */
  readonly purpose: string;
  readonly backend: string;
  readonly host: Machine;
  readonly store: ContentFolder;
  /** The version of reproman. */
  readonly tool: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A resource that goes when it is disposed of; one that a kill leaves is in the inventory. */
export interface Temporary extends AsyncDisposable {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly host: Machine;
}

/** Makes an environment for a moment, of what lies in the store and what was built before where that is there. */
export async function temporaryResource(spec: LockedSpecification, options: TemporaryOptions): Promise<Temporary> {
  const { purpose, backend: kind, host, store, tool, progress, signal } = options;
  const { resource } = await createEnvironment({
    ...{ spec, lock: spec.lock, backend: kind, name: `${purpose}-${randomUUID().slice(0, 8)}` },
    ...{ host, store, trees: openTreeCache(store), tool, progress, signal, verify: false },
  });
  const backend = await backendOf(kind);
  return {
    ...{ resource, backend, host },
    async [Symbol.asyncDispose]() {
      await removeResource(resource.name, { host });
    },
  };
}
