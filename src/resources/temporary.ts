import { randomUUID } from 'node:crypto';
import type { Requirement } from '../archives/sameness.js';
import type { ContentFolder } from '../archives/store.js';
import { openTreeCache } from '../archives/trees.js';
import type { Machine } from '../machines/machine.js';
import type { Progress } from '../model/progress.js';
import { currentProcess } from '../process-identity.js';
import type { LockedSpecification } from '../spec/specification.js';
import { createEnvironment } from './create.js';
import { openPlace, type Place } from './place.js';
import { removeResource } from './remove.js';

export interface TemporaryOptions {
  /** What its name begins with. */
  readonly purpose: string;
  readonly backend: string;
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly require?: Requirement;
  /** The resource that it is made for, with which it goes where a kill leaves it. */
  readonly for?: string;
  /** The version of reproman. */
  readonly tool: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Makes an environment for a moment, of what lies in the store and what was built before where that is there. It goes
 * when it is disposed of; one that a kill leaves is in the inventory.
 */
export async function temporaryResource(spec: LockedSpecification, options: TemporaryOptions): Promise<Place> {
  const { purpose, backend: kind, host, store, require, tool, progress, signal } = options;
  const { resource } = await createEnvironment({
    meanwhile: { process: await currentProcess(), ...(options.for !== undefined && { for: options.for }) },
    ...{ spec, lock: spec.lock, backend: kind, name: `${purpose}-${randomUUID().slice(0, 8)}` },
    ...{ host, store, trees: openTreeCache(store), tool, progress, signal, ...(require && { require }) },
    atEnd: 'digested',
  });
  const place = await openPlace(resource, host, signal);
  return {
    ...place,
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await removeResource(resource.name, { host });
    },
  };
}
