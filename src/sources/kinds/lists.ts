import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { withoutCredentials } from '../../archives/http.js';
import { compressionBy } from '../../filesystem/decompress.js';
import type { Chunks } from '../../filesystem/decompressed.js';
import { fileChunks } from '../../filesystem/file-chunks.js';
import type { ListFacts } from '../../filesystem/lists/format.js';
import { type forcedFormat, type OpenList, openList } from '../../filesystem/lists/read.js';
import { filterEnvironment } from '../../spec/secrets/environment.js';
import type { SourceFacts } from '../facts.js';
import { type OpenOptions, openSourceOf } from '../kind.js';
import type { OpenSource } from '../source.js';
import { beginningOf } from './file.js';
import { type Begun, beginRemote } from './remote.js';
import { bundleStream, isZip } from './zipped-bundle.js';

type Forced = NonNullable<ReturnType<typeof forcedFormat>>;

/** A list of files on this machine, in a form that its content tells. */
export async function openListFile(file: string, { hash, signal }: OpenOptions): Promise<OpenSource> {
  return listSource(openList(() => fileStream(file, signal), { where: file, hash }));
}

/** A list in a form that was asked for. */
export async function openForcedList({ format, rest }: Forced, { hash, signal }: OpenOptions): Promise<OpenSource> {
  return listSource(openList(() => fileStream(rest, signal), { where: rest, format, hash }));
}

/** A list at an address of the web, which is asked for already; a further reading asks again. */
export function openListAt(
  url: string,
  begun: Begun,
  { format, hash, signal }: OpenOptions & { readonly format?: Forced['format'] },
): OpenSource {
  const where = withoutCredentials(url);
  let asked: Begun | undefined = begun;
  const open = async () => {
    const { stream } = asked ?? (await beginRemote(url, signal));
    asked = undefined;
    return stream;
  };
  const source = listSource(openList(open, { where, hash, ...(format && { format }) }));
  return {
    ...source,
    async [Symbol.asyncDispose]() {
      asked?.stream.destroy();
    },
  };
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
  const beginning = isSeekable ? beginningOf(file) : Buffer.alloc(0);
  if (isZip(beginning)) return bundleStream(file, signal);
  if (isSeekable && compressionBy(beginning) === '') return fileChunks(file, signal);
  return createReadStream(file, { highWaterMark: 1 << 18, ...(signal && { signal }) });
}
