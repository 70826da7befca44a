import { Readable } from 'node:stream';
import { z } from 'zod';
import { type Owned, ownedTar } from '../../filesystem/canonical-tar.js';
import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import { readIfThere } from '../if-there.js';
import type { Machine } from '../machine.js';

/** Of all that is not root's, or has capabilities, by its path. */
export type Owners = Map<FilePath, readonly [uid: number, gid: number, capability?: string]>;

const id = z.int().nonnegative();
/** The value of the attribute as Latin-1. */
const lineSchema = z.union([z.tuple([z.string(), id, id]), z.tuple([z.string(), id, id, z.string()])]);

/** What only root may give to a file: capabilities(7). */
const capabilityName = 'security.capability';

/** Beside a tree whose files are all of one user: whose they are in the environment, a JSON array a line. */
export function ownersFile(tree: string): string {
  return `${tree}.owners`;
}

/** A tree's tar as it goes by, whose owners and capabilities are noted, and all of it root's and without. */
export function withoutOwners(tar: AsyncIterable<Uint8Array>, owners: Owners): Readable {
  const rootOwned = ({ path, uid, gid, attributes }: TarMember): Owned => {
    const { [capabilityName]: capability, ...others } = attributes ?? {};
    if (capability !== undefined) owners.set(path, [uid, gid, capability]);
    else if (uid !== 0 || gid !== 0) owners.set(path, [uid, gid]);
    return { uid: 0, gid: 0, ...(Object.keys(others).length > 0 && { attributes: others }) };
  };
  return Readable.from(ownedTar(tarMembers(tar), rootOwned), { objectMode: false });
}

/** A tree's tar with the owners that were noted when it was unpacked; what came since is root's. */
export function withOwners(tar: Readable, noted: Promise<Owners>): Readable {
  // Who reads the tar is told; where nobody does, nobody need be.
  noted.catch(() => undefined);
  async function* chunks() {
    const owners = await noted;
    yield* ownedTar(tarMembers(tar), ({ path, attributes }) => {
      const [uid, gid, capability] = owners.get(path) ?? [0, 0];
      const all = capability === undefined ? attributes : { ...attributes, [capabilityName]: capability };
      return { uid, gid, ...(all && { attributes: all }) };
    });
  }
  return Readable.from(chunks(), { objectMode: false }).once('close', () => tar.destroy());
}

export function ownersText(owners: Owners): string {
  return [...owners].map(([path, owner]) => `${JSON.stringify([path, ...owner])}\n`).join('');
}

export async function readOwners(tree: string, { files }: Machine): Promise<Owners> {
  const text = (await readIfThere(files, pathFromText(ownersFile(tree))))?.toString('utf8') ?? '';
  const lines = text.split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [path, ...owner] = lineSchema.parse(JSON.parse(line));
      return [path as FilePath, owner] as const;
    }),
  );
}
