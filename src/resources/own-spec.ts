import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ReproError, reasonOf } from '../errors.js';
import type { Effect, Resource } from '../model/resource.js';
import type { Lock } from '../spec/document/schema.js';
import { copySpecification } from '../spec/folder/copy.js';
import { readSpecification } from '../spec/read.js';
import type { Specification } from '../spec/specification.js';

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
