import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { temporaryName } from '../../file-lock.js';
import type { Sha256 } from '../../hash.js';
import { debug } from '../../log.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { cacheFolder } from '../../scratch.js';
import type { Layer, LayerMember } from './layer-tree.js';

/** Where what is known of layers and images is kept; the number is that of the form. */
export function imageCache(): string {
  return join(cacheFolder(), 'images-1');
}

/** Larger ones are read anew each time: what is kept is held in memory as text. */
const mostMembers = 1_000_000;

type Row = readonly [
  ...[path: string, type: string, mode: number, uid: number, gid: number, size: number, mtime: number],
  ...[target: string | null, hash: string | null, attributes: string],
];

interface Kept {
  readonly hidden: string[];
  readonly emptied: string[];
  /** Of a link its path and what it leads to. */
  readonly members: (Row | readonly [path: string, target: string])[];
  readonly told: Readonly<Record<string, string>>;
}

/** What a layer brings, by the digest of its archive: as it was seen before, with the hashes of contents. */
export async function knownLayer(digest: Sha256): Promise<Layer | undefined> {
  const kept = (await readKept(`layers/${digest}.json.gz`)) as Kept | undefined;
  return kept && layerOf(kept);
}

/** Keeps what was read of a layer whose digest was found to be that. */
export async function keepLayer(digest: Sha256, layer: Layer): Promise<void> {
  if (layer.members.length > mostMembers) return;
  await keep(`layers/${digest}.json.gz`, keptOf(layer));
}

/** A document that was kept under a name; undefined where there is none that can be read. */
export async function readKept(name: string): Promise<unknown> {
  try {
    return JSON.parse((await promisify(gunzip)(await readFile(join(imageCache(), name)))).toString('utf8'));
  } catch (error) {
    debug('nothing is known of %s: %s', name, error instanceof Error ? error.message : error);
    return undefined;
  }
}

/** Keeps a document. A cache that cannot be written is no reason to fail. */
export async function keep(name: string, value: unknown): Promise<void> {
  const file = join(imageCache(), name);
  const temporary = temporaryName(file);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, await promisify(gzip)(JSON.stringify(value), { level: 1 }), { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    debug('%s is not kept: %s', name, error instanceof Error ? error.message : error);
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function keptOf({ hidden, emptied, members, told }: Layer): Kept {
  const rows = members.map((member): Kept['members'][number] => {
    if (member.kind === 'link') return [member.path, member.target];
    const { path, type, mode, uid, gid, size, mtime, target, hash } = member.packed.entry;
    const { attributes = '' } = member.packed;
    return [path, type, mode, uid, gid, size, mtime, target ?? null, hash ?? null, attributes];
  });
  const texts = [...told].map(([hash, content]) => [hash, content.toString('base64')]);
  return { hidden, emptied, members: rows, told: Object.fromEntries(texts) };
}

function layerOf({ hidden, emptied, members, told }: Kept): Layer {
  return {
    hidden: hidden as FilePath[],
    emptied: emptied as FilePath[],
    members: members.map(memberOf),
    told: new Map(Object.entries(told).map(([hash, content]) => [hash, Buffer.from(content, 'base64')])),
  };
}

function memberOf(row: Kept['members'][number]): LayerMember {
  if (row.length === 2) return { kind: 'link', path: row[0] as FilePath, target: row[1] as FilePath };
  const [path, type, mode, uid, gid, size, mtime, target, hash, attributes] = row;
  const entry: FileEntry = {
    ...{ path: path as FilePath, type: type as FileEntry['type'], mode, uid, gid, size, mtime },
    ...(target !== null && { target: target as FilePath }),
    ...(hash !== null && { hash }),
  };
  return { kind: 'entry', packed: { entry, file: '', offset: 0, attributes } };
}
