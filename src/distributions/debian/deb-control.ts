import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseStanza, type Stanza } from '../../archives/apt/deb822.js';
import { ReproError } from '../../errors.js';
import { decompress, type Suffix, suffixes } from '../../filesystem/decompress.js';
import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import { arMagic } from './deb-writer.js';

const arHeaderSize = 60;

/** The control fields that a .deb itself has. */
export async function controlOfDeb(file: string): Promise<Stanza> {
  for await (const { path, content } of membersOfDeb(file, 'control')) {
    if (path === '/control') return parseStanza(await textOf(content));
  }
  throw new ReproError('not-rebuildable', 'The package has no control file.', { where: file });
}

/** What one of the two tars in the ar of a .deb has: what dpkg is told, or what it unpacks (deb(5)). */
export async function* membersOfDeb(file: string, part: 'control' | 'data'): AsyncGenerator<TarMember> {
  yield* tarMembers(await tarIn(file, part));
}

export async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function tarIn(file: string, part: string): Promise<AsyncIterable<Buffer>> {
  const handle = await open(file);
  try {
    for (let at = arMagic.length; ; ) {
      const { buffer } = await handle.read(Buffer.alloc(arHeaderSize), 0, arHeaderSize, at);
      const header = buffer.toString('latin1');
      const name = header.slice(0, 16).trim().replace(/\/$/, '');
      const size = Number(header.slice(48, 58));
      if (!header.endsWith('`\n') || !Number.isSafeInteger(size))
        throw new ReproError('not-rebuildable', 'The file is no Debian package.', { where: file });
      at += arHeaderSize;
      const suffix = suffixes.find((each): each is Suffix => name === `${part}.tar${each}`);
      if (suffix !== undefined)
        return decompress(createReadStream(file, { start: at, end: at + size - 1 }), suffix, file);
      at += size + (size % 2);
    }
  } finally {
    await handle.close();
  }
}
