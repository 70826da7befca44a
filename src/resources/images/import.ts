import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ContentFolder } from '../../archives/store.js';
import { ReproError } from '../../errors.js';
import { saveImage } from '../../machines/engine/store.js';
import type { Machine } from '../../machines/machine.js';
import type { Progress } from '../../model/progress.js';
import { scratchFolder } from '../../scratch.js';
import type { LockedSpecification } from '../../spec/specification.js';
import { findReady } from '../connect.js';
import { type Created, createEnvironment } from '../create.js';
import { type Inventory, openInventory } from '../inventory.js';
import type { TreeSource } from '../tree-source.js';
import { fileSource } from './file-source.js';
import { lockedSpecOf, resourceSource } from './sources.js';

export interface ImportOptions {
  /** A resource by its name, a file or folder, or `docker:IMAGE`. */
  readonly source: string;
  /** What it was made of; that of a resource is its own. */
  readonly spec?: { readonly spec: LockedSpecification; readonly file: string };
  readonly backend: string;
  readonly name: string;
  /** What the user said with `-b key=value`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly imageOnly?: boolean;
  /** This machine. */
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly inventory?: Inventory;
  /** The version of reproman, for labels. */
  readonly tool?: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Makes a resource of what another backend or a file has, without building it again: the tree is streamed over, is what
 * it was, by its digest, and is proved by its spec.
 */
export async function importEnvironment(options: ImportOptions): Promise<Created> {
  const { source, spec, host, inventory = openInventory(), ...others } = options;
  await using found = await openSource(options, inventory);
  const known = spec ?? (await found.spec?.());
  if (!known) throw withoutSpec(source);
  return await createEnvironment({
    ...{ ...others, host, inventory, from: found.tree },
    ...{ spec: known.spec, lock: known.spec.lock, source: known.file },
  });
}

interface OpenSource extends AsyncDisposable {
  readonly tree: TreeSource;
  readonly spec?: () => Promise<ImportOptions['spec']>;
}

/** A path is what has a slash, or is there; anything else is a resource. */
async function openSource(
  { source, host: here, progress, signal }: ImportOptions,
  inventory: Inventory,
): Promise<OpenSource> {
  const reading = { here, ...(progress && { progress }) };
  if (source.startsWith('docker:')) {
    const scratch = await scratchFolder('saved');
    const file = join(scratch.path, 'image.tar');
    try {
      await saveImage(source.slice('docker:'.length), file, signal);
      const tree = await fileSource(file, reading);
      return { tree: { ...tree, label: source }, [Symbol.asyncDispose]: () => disposeAll(tree, scratch) };
    } catch (error) {
      await scratch[Symbol.asyncDispose]();
      throw error;
    }
  }
  if (source.includes('/') || existsSync(source)) {
    const tree = await fileSource(resolve(source), reading);
    return { tree, [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose]() };
  }
  const place = await findReady(source, { host: here, inventory });
  return {
    tree: resourceSource(place),
    spec: async () => ({ spec: await lockedSpecOf(place.resource), file: place.resource.spec }),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

async function disposeAll(...all: readonly AsyncDisposable[]): Promise<void> {
  for (const each of all) await each[Symbol.asyncDispose]();
}

function withoutSpec(source: string): ReproError {
  const machine = source.startsWith('docker:') ? source : `docker-archive:${source}`;
  return new ReproError('usage', 'the spec of what is imported is not known', {
    where: source,
    remedy: `name it with --spec; or write one of what is in it: reproman retrace --from ${machine} -o environment.yml /`,
  });
}
