import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { openHttpClient, withoutCredentials } from '../../archives/http.js';
import { codeOf, ReproError } from '../../errors.js';
import type { ListFacts } from '../../filesystem/lists/format.js';
import { type forcedFormat, type OpenList, openList } from '../../filesystem/lists/read.js';
import { filterEnvironment } from '../../spec/secrets/environment.js';
import type { SourceFacts } from '../facts.js';
import { type OpenOptions, openSourceOf } from '../kind.js';
import type { OpenSource } from '../source.js';

type Forced = NonNullable<ReturnType<typeof forcedFormat>>;

/** A list of files on this machine, in a form that its content tells. */
export async function openListFile(file: string, { hash, signal }: OpenOptions): Promise<OpenSource> {
  return listSource(openList(() => fileStream(file, signal), { where: file, hash }));
}

/** A list in a form that was asked for, from a file or an address. */
export async function openForcedList({ format, rest }: Forced, { hash, signal }: OpenOptions): Promise<OpenSource> {
  const open = () => (/^https?:\/\//.test(rest) ? remoteStream(rest, signal) : fileStream(rest, signal));
  return listSource(openList(open, { where: withoutCredentials(rest), format, hash }));
}

/** A list at an address of the web. */
export async function openRemote(url: string, { hash, signal }: OpenOptions): Promise<OpenSource> {
  return listSource(openList(() => remoteStream(url, signal), { where: withoutCredentials(url), hash }));
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

function fileStream(file: string, signal: AbortSignal | undefined): Readable {
  return createReadStream(file, { highWaterMark: 1 << 18, ...(signal && { signal }) });
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
