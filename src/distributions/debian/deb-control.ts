import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { parseStanza, type Stanza } from '../../archives/apt/deb822.js';
import { decompress, type Suffix, suffixes } from '../../archives/decompress.js';
import { ReproError } from '../../errors.js';
import { tarMembers } from '../../filesystem/tar.js';
import { arMagic } from './deb-writer.js';

const arHeaderSize = 60;

/** The control fields that a .deb itself has: the second member of its ar is a tar with them (deb(5)). */
export async function controlOfDeb(file: string): Promise<Stanza> {
  for await (const { path, content } of tarMembers(await controlTar(file))) {
    if (path !== '/control') continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    return parseStanza(Buffer.concat(chunks).toString('utf8'));
  }
  throw new ReproError('not-rebuildable', 'The package has no control file.', { where: file });
}

async function controlTar(file: string): Promise<AsyncIterable<Buffer>> {
  const handle = await open(file);
  try {
    const read = async (at: number, size: number) => (await handle.read(Buffer.alloc(size), 0, size, at)).buffer;
    for (let at = arMagic.length; ; ) {
      const header = (await read(at, arHeaderSize)).toString('latin1');
      const name = header.slice(0, 16).trim().replace(/\/$/, '');
      const size = Number(header.slice(48, 58));
      if (!header.endsWith('`\n') || !Number.isSafeInteger(size))
        throw new ReproError('not-rebuildable', 'The file is no Debian package.', { where: file });
      const suffix = suffixes.find((each): each is Suffix => name === `control.tar${each}`);
      if (suffix !== undefined) return decompress(Readable.from([await read(at + arHeaderSize, size)]), suffix, file);
      at += arHeaderSize + size + (size % 2);
    }
  } finally {
    await handle.close();
  }
}
