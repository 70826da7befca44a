import { Readable } from 'node:stream';
import type Docker from 'dockerode';

const blockSize = 512;
const directoryFlag = '5'.charCodeAt(0);

/**
 * A stopped container's files as a tar stream. The engine's export begins below the root and says nothing of the root
 * itself, so its header is taken from the engine's archive of `/` and put in front.
 */
export async function exportContainer(container: Docker.Container, signal?: AbortSignal): Promise<Readable> {
  const root = await rootHeader(container);
  const tar = await container.export({ abortSignal: signal });
  const output = Readable.from(joined(root, tar as AsyncIterable<Buffer>), { objectMode: false });
  return output.once('close', () => {
    if ('destroy' in tar && typeof tar.destroy === 'function') tar.destroy();
  });
}

async function* joined(root: Buffer, tar: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (root.length > 0) yield root;
  yield* tar;
}

async function rootHeader(container: Docker.Container): Promise<Buffer> {
  const archive = await container.getArchive({ path: '/' });
  let start = Buffer.alloc(0);
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    start = Buffer.concat([start, chunk]);
    if (start.length >= blockSize) break;
  }
  const header = start.subarray(0, blockSize);
  return header[156] === directoryFlag ? header : Buffer.alloc(0);
}
