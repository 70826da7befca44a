import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import type { Effect, Resource } from '../model/resource.js';
import type { Lock } from '../spec/document/schema.js';
import { copySpecification } from '../spec/folder/copy.js';
import { readSpecification } from '../spec/read.js';
import type { LockedSpecification, Specification } from '../spec/specification.js';
import type { Inventory } from './inventory.js';

const kind = 'spec';

/** A resource's own copy of its spec, as an effect: what becomes of the original is nothing to the resource. */
export function ownSpecEffect(inventoryFolder: string, name: string): Effect {
  return { kind, id: join(inventoryFolder, 'specs', name) };
}

export function isOwnSpec(effect: Effect): boolean {
  return effect.kind === kind;
}

/** Makes the copy, with the lock that the resource is made from, in the stead of one that nothing in the inventory names. */
export async function makeOwnSpec(effect: Effect, spec: Specification, lock: Lock): Promise<Specification> {
  await mkdir(dirname(effect.id), { recursive: true, mode: 0o700 });
  await removeOwnSpec(effect);
  await mkdir(effect.id, { mode: 0o700 });
  return copySpecification(spec, lock, effect.id);
}

export async function removeOwnSpec(effect: Effect): Promise<void> {
  await rm(effect.id, { recursive: true, force: true });
}

/**
 * Makes another spec that of a resource. The copies are both there until the inventory says which it is: a kill leaves
 * one of the two, and what is left of the other goes with the resource.
 */
export async function replaceOwnSpec(
  resource: Resource,
  spec: LockedSpecification,
  inventory: Inventory,
  change: (resource: Resource) => Resource,
): Promise<Resource> {
  const own = await addOwnSpec(resource, spec, inventory);
  return chooseOwnSpec(resource.name, own, inventory, (present) => ({
    ...change(present),
    specDigest: spec.lock.manifest,
  }));
}

/** Keeps a copy of what a resource is to be made into beside its own spec. */
export async function addOwnSpec(
  { name }: Pick<Resource, 'name'>,
  spec: LockedSpecification,
  inventory: Inventory,
): Promise<Effect> {
  const own: Effect = { kind, id: `${ownSpecEffect(inventory.folder, name).id}~${randomUUID().slice(0, 8)}` };
  await inventory.update(name, (present) => ({ ...present, effects: [...present.effects, own] }));
  await makeOwnSpec(own, spec, spec.lock);
  return own;
}

/** Makes such a copy the resource's own spec, and removes all others. */
export async function chooseOwnSpec(
  name: string,
  own: Effect,
  inventory: Inventory,
  change: (resource: Resource) => Resource,
): Promise<Resource> {
  const others = (all: readonly Effect[]) => all.filter((effect) => !isOwnSpec(effect));
  const changed = await inventory.update(name, (present) => {
    const before = present.effects.filter((effect) => isOwnSpec(effect) && effect.id !== own.id);
    return { ...change(present), effects: [own, ...others(present.effects), ...before] };
  });
  for (const effect of changed.effects) if (isOwnSpec(effect) && effect.id !== own.id) await removeOwnSpec(effect);
  return inventory.update(name, (present) => ({ ...present, effects: [own, ...others(present.effects)] }));
}

/** What a resource was being made into where that was cut off; of a copy that was not made whole nothing is there. */
export async function unfinishedSpecs({ effects }: Resource): Promise<LockedSpecification[]> {
  const specs: LockedSpecification[] = [];
  for (const { id } of effects.filter(isOwnSpec).slice(1)) {
    const spec = await readSpecification(join(id, 'environment.yml')).catch((error: unknown) => {
      if (error instanceof ReproError) return undefined;
      throw error;
    });
    if (spec?.lock) specs.push({ ...spec, lock: spec.lock });
  }
  return specs;
}

/** Quiet where that was done before. */
export async function renameOwnSpec(from: Effect, to: Effect): Promise<void> {
  await rename(from.id, to.id).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

/** The spec that a resource was made from, with its lock, as the resource keeps it. */
export async function readOwnSpec(resource: Resource): Promise<Specification> {
  const file = join(folderOf(resource) ?? '', 'environment.yml');
  try {
    const spec = await readSpecification(file);
    if (spec.lock?.manifest === resource.specDigest) return spec;
  } catch (error) {
    throw unusable(resource, file, error);
  }
  throw unusable(resource, file, 'it was changed');
}

/** Bytes of the copy; a content that the original still shares counts in full. */
export async function ownSpecSize(resource: Resource): Promise<number> {
  const folder = folderOf(resource);
  if (folder === undefined) return 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function folderOf({ effects }: Resource): string | undefined {
  return effects.find(isOwnSpec)?.id;
}

function unusable({ name, spec }: Resource, where: string, cause: unknown): ReproError {
  return new ReproError('not-proved', `the spec that '${name}' keeps cannot be used: ${reasonOf(cause)}`, {
    where,
    remedy: `make it again: reproman delete ${name}, and reproman create --name ${name} ${spec}`,
    cause,
  });
}
