import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { decompress, type Suffix } from '../../filesystem/decompress.js';
import { type FilePath, normalizePath } from '../../model/file-path.js';
import type { Unpacked } from '../../packaging/distribution.js';
import { type CpioMember, cpioMembers } from './cpio.js';
import { tag } from './header.js';
import { type PackagedFile, RpmPackage } from './package.js';
import { openRpmFile } from './rpm-file.js';
import { typeOf } from './verify.js';

/** Ids by the names that packages have for owners. */
export const extractDetailsSchema = z.strictObject({
  users: z.record(z.string(), z.int().nonnegative()),
  groups: z.record(z.string(), z.int().nonnegative()),
});

export type ExtractDetails = z.infer<typeof extractDetailsSchema>;

const suffixes: Readonly<Record<string, Suffix>> = { gzip: '.gz', zstd: '.zst', xz: '.xz', bzip2: '.bz2' };

/** What an .rpm puts in place, for systems that are not built of rpm packages: its scripts do not run. */
export async function* extractRpm(file: string, details: unknown): AsyncGenerator<Unpacked> {
  const { users, groups } = extractDetailsSchema.parse(details);
  const { header, payload } = await openRpmFile(file);
  const records = new Map(new RpmPackage(header).files.map((record) => [record.path, record]));
  const word = header.text(tag.payloadCompressor) ?? 'gzip';
  const suffix = suffixes[word];
  if (suffix === undefined) throw new Error(`a payload that is compressed with ${word} cannot be unpacked`);
  const content = createReadStream(file, { start: payload, highWaterMark: 1 << 18 });
  const waiting = new Map<number, Unpacked[]>();
  for await (const member of cpioMembers(decompress(content, suffix, file))) {
    const unpacked = await unpackedOf(member, records);
    if (!unpacked) continue;
    const record = records.get(unpacked.path);
    const owned = { ...unpacked, uid: users[record?.user ?? ''] ?? 0, gid: groups[record?.group ?? ''] ?? 0 };
    // Of one file under several names the last has the content.
    if (owned.type !== 'file' || member.links < 2) yield owned;
    else if (member.size === 0) waiting.set(member.inode, [...(waiting.get(member.inode) ?? []), owned]);
    else {
      yield owned;
      for (const other of waiting.get(member.inode) ?? []) yield { ...other, type: 'hardlink', target: owned.path };
      waiting.delete(member.inode);
    }
  }
  for (const empty of waiting.values()) yield* empty;
}

async function unpackedOf(
  { name, mode, mtime, size, content }: CpioMember,
  records: ReadonlyMap<FilePath, PackagedFile>,
): Promise<Omit<Unpacked, 'uid' | 'gid'> | undefined> {
  const path = normalizePath(name.replace(/^\.?\/*/, '/') as FilePath);
  const type = typeOf({ mode });
  if (type === undefined || !records.has(path)) return undefined;
  const common = { path, type, mode: mode & 0o7777, mtime };
  if (type !== 'symlink') return { ...common, size: type === 'file' ? size : 0, content };
  const parts: Buffer[] = [];
  for await (const part of content) parts.push(part);
  const target = Buffer.concat(parts).toString('latin1') as FilePath;
  return { ...common, size: 0, target, content: nothing() };
}

async function* nothing(): AsyncGenerator<Buffer> {}
