import type { FilePath } from '../model/file-path.js';
import type { Owner } from '../model/owner.js';
import type { Base, FinishContext, Finished, Named, Reader } from './distribution.js';

export interface OpenReader {
  readonly name: string;
  readonly reader: Reader;
}

export interface FinishedDistribution extends Finished<Named, Named> {
  readonly name: string;
}

/**
 * Completes the distributions that own something, and the base. That one is last to be asked, as it also brings the
 * accounts that own the others' files.
 */
export async function finishAll(
  readers: readonly OpenReader[],
  base: Base | undefined,
  owners: ReadonlyMap<FilePath, Owner>,
  context: FinishContext,
): Promise<FinishedDistribution[]> {
  const used = new Set([...owners.values()].map((owner) => owner.package?.distribution));
  const isBase = ({ name }: OpenReader) => name === base?.distribution;
  const wanted = readers.filter((each) => isBase(each) || used.has(each.name));
  const finished = new Map<string, FinishedDistribution>();
  for (const { name, reader } of wanted.filter((each) => !isBase(each))) {
    finished.set(name, { name, ...(await reader.finish(context)) });
  }
  const files = [...finished.values()].flatMap((one) => one.files);
  const ids = await ownersOf(files, context);
  for (const { name, reader } of wanted.filter(isBase)) {
    finished.set(name, { name, ...(await reader.finish({ ...context, ids })) });
  }
  return wanted.flatMap(({ name }) => finished.get(name) ?? []);
}

/** The ids that own any of the files, with those of the context. */
async function ownersOf(
  files: readonly FilePath[],
  { machine, ids, signal }: FinishContext,
): Promise<NonNullable<FinishContext['ids']>> {
  const users = new Set(ids?.users);
  const groups = new Set(ids?.groups);
  for await (const [, entry] of machine.files.entries(files, signal ? { signal } : {})) {
    if (!entry) continue;
    users.add(entry.uid);
    groups.add(entry.gid);
  }
  return { users: [...users], groups: [...groups] };
}
