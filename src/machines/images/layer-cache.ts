import type { Sha256 } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { keep, readKept } from './kept-documents.js';
import type { Layer, LayerMember } from './layer-tree.js';

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
