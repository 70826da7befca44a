import { Readable } from 'node:stream';
import { openZip, type ZipFile } from '../../archives/zip.js';
import { ReproError } from '../../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';

/** What a local header of a zip begins with. */
const zipped = Buffer.from('PK\x03\x04', 'latin1');

export function isZip(beginning: Buffer): boolean {
  return beginning.subarray(0, zipped.length).equals(zipped);
}

/** Those of its members that tell of files. */
const members = ['METADATA/config.yml', 'DATA.tar.gz'];

/** A bundle of ReproZip, which newer versions of it write as a zip, too, as the tar that it would be. */
export function bundleStream(file: string, signal: AbortSignal | undefined): Readable {
  return Readable.from(tarOf(file, signal), { objectMode: false });
}

async function* tarOf(file: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void> {
  await using zip = await openZip(file);
  if (!zip.members.some(({ name }) => (name as string) === members[0])) {
    throw new ReproError('usage', 'this is a zip, and no bundle of ReproZip', {
      where: file,
      remedy: 'unpack it, and give the folder',
    });
  }
  for (const name of members) yield* memberOf(zip, name, signal);
  yield tarEnd();
}

async function* memberOf(zip: ZipFile, name: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void> {
  const found = zip.members.find((each) => (each.name as string) === name);
  if (!found) return;
  const { size, mtime, content } = found;
  yield tarHeader({ name, type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime });
  for await (const chunk of content()) {
    signal?.throwIfAborted();
    yield chunk;
  }
  yield tarPadding(size);
}
