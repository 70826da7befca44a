import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
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
  { name, effects }: Resource,
  spec: LockedSpecification,
  inventory: Inventory,
  change: (resource: Resource) => Resource,
): Promise<Resource> {
  const before = effects.filter(isOwnSpec);
  const own: Effect = { kind, id: `${ownSpecEffect(inventory.folder, name).id}~${randomUUID().slice(0, 8)}` };
  await inventory.update(name, (present) => ({ ...present, effects: [...present.effects, own] }));
  await makeOwnSpec(own, spec, spec.lock);
  const others = (all: readonly Effect[]) => all.filter((effect) => !isOwnSpec(effect));
  const changed = await inventory.update(name, (present) => ({
    ...change(present),
    specDigest: spec.lock.manifest,
    effects: [own, ...others(present.effects), ...before.filter(({ id }) => id !== own.id)],
  }));
  for (const effect of before) await removeOwnSpec(effect);
  return inventory.update(changed.name, (present) => ({ ...present, effects: [own, ...others(present.effects)] }));
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
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
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
