import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { compressionBy, decompress } from '../../archives/decompress.js';
import { openHttpClient, withoutCredentials } from '../../archives/http.js';
import { codeOf, ReproError } from '../../errors.js';
import type { Chunks } from '../../filesystem/decompressed.js';
import { fileChunks } from '../../filesystem/file-chunks.js';
import type { ListFacts } from '../../filesystem/lists/format.js';
import { type forcedFormat, type OpenList, openList } from '../../filesystem/lists/read.js';
import { filterEnvironment } from '../../spec/secrets/environment.js';
import type { SourceFacts } from '../facts.js';
import { type OpenOptions, openSourceOf } from '../kind.js';
import type { OpenSource } from '../source.js';
import { beginningOf } from './file.js';
import { bundleStream, isZip } from './zipped-bundle.js';

type Forced = NonNullable<ReturnType<typeof forcedFormat>>;

/** A list of files on this machine, in a form that its content tells. */
export async function openListFile(file: string, { hash, signal }: OpenOptions): Promise<OpenSource> {
  return listSource(openList(() => fileStream(file, signal), { where: file, hash }));
}

/** A list in a form that was asked for, from a file or an address. */
export async function openForcedList({ format, rest }: Forced, { hash, signal }: OpenOptions): Promise<OpenSource> {
  const open = () => (/^https?:\/\//.test(rest) ? remoteList(rest, signal) : fileStream(rest, signal));
  return listSource(openList(open, { where: withoutCredentials(rest), format, hash }));
}

/** A list at an address of the web. */
export async function openRemote(url: string, { hash, signal }: OpenOptions): Promise<OpenSource> {
  return listSource(openList(() => remoteList(url, signal), { where: withoutCredentials(url), hash }));
}

function listSource(list: OpenList): OpenSource {
  return openSourceOf({ batches: () => list.batches(), facts: async () => factsOf(await list.facts()) });
}

function factsOf({ packages, environment, system, image }: ListFacts): SourceFacts {
  return {
    ...(packages && { packages: packages.map((each) => ({ ...each })) as SourceFacts['packages'] }),
    ...(environment && { environment: { ...filterEnvironment(environment).environment } }),
    ...(system && { system: { ...system } }),
    ...(image && { image: { layers: [], ...(image as Partial<NonNullable<SourceFacts['image']>>) } }),
  };
}

/** A bundle of ReproZip that is a zip is read as the tar that it would be. */
async function fileStream(file: string, signal: AbortSignal | undefined): Promise<Chunks> {
  // What is read from a pipe does not come again.
  const isSeekable = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  const beginning = isSeekable ? beginningOf(file).subarray(0, longestMark) : Buffer.alloc(0);
  if (isZip(beginning)) return bundleStream(file, signal);
  if (isSeekable && compressionBy(beginning) === '') return fileChunks(file, signal);
  const stream = createReadStream(file, { highWaterMark: 1 << 18, ...(signal && { signal }) });
  return unpacked(stream, beginning, file);
}

async function remoteList(url: string, signal: AbortSignal | undefined): Promise<Readable> {
  const answer = await remoteStream(url, signal);
  const chunks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  while (Buffer.concat(first).length < longestMark) {
    const { done, value } = await chunks.next();
    if (done) break;
    first.push(value);
  }
  const beginning = Buffer.concat(first);
  async function* whole(): AsyncGenerator<Buffer, void> {
    yield beginning;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  const stream = Readable.from(whole(), { objectMode: false }).once('close', () => answer.destroy());
  return unpacked(stream, beginning, withoutCredentials(url));
}

/** Of those that tell how something is compressed. */
const longestMark = 8;

/** What xz and others compress is read through their programs; who reads a list understands gzip and zstd. */
function unpacked(stream: Readable, beginning: Buffer, name: string): Readable {
  const suffix = compressionBy(beginning);
  if (suffix === '' || suffix === '.gz' || suffix === '.zst') return stream;
  const plain = Readable.from(decompress(stream, suffix, name), { objectMode: false });
  return plain.once('close', () => stream.destroy());
}

export async function remoteStream(url: string, signal: AbortSignal | undefined): Promise<Readable> {
  const shown = withoutCredentials(url);
  const http = openHttpClient();
  const answer = await http.request(url, { ...(signal && { signal }) }).catch((error: unknown) => {
    http[Symbol.dispose]();
    if (codeOf(error) === undefined) throw error;
    throw new ReproError('not-ready', `${shown} cannot be reached (${codeOf(error)})`, { cause: error });
  });
  answer.once('close', () => http[Symbol.dispose]());
  if (answer.statusCode === 200) return answer;
  answer.destroy();
  throw new ReproError('not-ready', `${shown} answers ${answer.statusCode} ${answer.statusMessage ?? ''}`.trimEnd());
}
