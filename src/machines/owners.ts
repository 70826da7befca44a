import { Readable } from 'node:stream';
import { z } from 'zod';
import { ownedTar } from '../filesystem/canonical-tar.js';
import { type TarMember, tarMembers } from '../filesystem/tar.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import { readIfThere } from './if-there.js';
import type { Machine } from './machine.js';

/** Of all that is not root's, by its path. */
export type Owners = Map<FilePath, readonly [uid: number, gid: number]>;

const lineSchema = z.tuple([z.string(), z.int().nonnegative(), z.int().nonnegative()]);

/** Beside a tree whose files are all of one user: whose they are in the environment, a JSON array a line. */
export function ownersFile(tree: string): string {
  return `${tree}.owners`;
}

/** A tree's tar as it goes by, whose owners are noted, and all of it root's. */
export function withoutOwners(tar: AsyncIterable<Uint8Array>, owners: Owners): Readable {
  const rootOwned = ({ path, uid, gid }: TarMember) => {
    if (uid !== 0 || gid !== 0) owners.set(path, [uid, gid]);
    return { uid: 0, gid: 0 };
  };
  return Readable.from(ownedTar(tarMembers(tar), rootOwned), { objectMode: false });
}

/** A tree's tar with the owners that were noted when it was unpacked; what came since is root's. */
export function withOwners(tar: Readable, tree: string, host: Machine): Readable {
  async function* chunks() {
    const owners = await readOwners(tree, host);
    yield* ownedTar(tarMembers(tar), ({ path }) => {
      const [uid, gid] = owners.get(path) ?? [0, 0];
      return { uid, gid };
    });
  }
  return Readable.from(chunks(), { objectMode: false }).once('close', () => tar.destroy());
}

export function ownersText(owners: Owners): string {
  return [...owners].map(([path, [uid, gid]]) => `${JSON.stringify([path, uid, gid])}\n`).join('');
}

async function readOwners(tree: string, { files }: Machine): Promise<Owners> {
  const text = (await readIfThere(files, pathFromText(ownersFile(tree))))?.toString('utf8') ?? '';
  const lines = text.split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [path, uid, gid] = lineSchema.parse(JSON.parse(line));
      return [path as FilePath, [uid, gid]] as const;
    }),
  );
}
