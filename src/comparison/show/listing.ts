import { zipMembers } from '../../archives/zip.js';
import { decompressed, mostOf } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import { sha256, sha256OfStream } from '../../hash.js';
import { showMode } from '../../model/file-entry.js';
import { showPath } from '../../model/file-path.js';

/** The members of a tar (also compressed) or a zip, one a line in the order of names; undefined of what is neither. */
export async function listingOf(content: Buffer): Promise<string | undefined> {
  if (content.length > 4 && content.readUInt32LE(0) === 0x04034b50) return await listZip(content);
  if (isTar(content)) return await listTar(once(content));
  const isGzip = content.length > 2 && content.readUInt16BE(0) === 0x1f8b;
  const isZstd = content.length > 4 && content.readUInt32LE(0) === 0xfd2fb528;
  if (!isGzip && !isZstd) return undefined;
  const unpacked = await unpack(content);
  return isTar(unpacked) ? await listTar(once(unpacked)) : undefined;
}

function isTar(content: Buffer): boolean {
  return content.toString('latin1', 257, 262) === 'ustar';
}

async function unpack(content: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of decompressed(once(content), mostOf(content.length))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listTar(content: AsyncIterable<Buffer>): Promise<string> {
  const lines: string[] = [];
  for await (const member of tarMembers(content)) {
    const { hash, size } = await sha256OfStream(member.content);
    const to = member.target === undefined ? '' : ` -> ${showPath(member.target)}`;
    lines.push(line(showPath(member.path).slice(1) + to, member.type, member.mode, size, hash));
  }
  return listed(lines);
}

async function listZip(content: Buffer): Promise<string> {
  const lines: string[] = [];
  for (const member of await zipMembers(content, 'zip')) {
    const { hash, size } = await sha256OfStream(member.content());
    lines.push(line(showPath(member.name), member.type, member.mode, size, hash));
  }
  return listed(lines);
}

function line(name: string, type: string, mode: number, size: number, hash: string): string {
  const content = type === 'file' && hash !== sha256('') ? ` ${size} bytes sha256:${hash.slice(0, 16)}` : '';
  return `${name} ${type} ${showMode(mode)}${content}`;
}

function listed(lines: string[]): string {
  return lines
    .sort()
    .map((each) => `${each}\n`)
    .join('');
}

async function* once(content: Buffer): AsyncGenerator<Buffer, void> {
  yield content;
}
