import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import type { Credentials } from '../../machines/registry-credentials.js';
import type { HttpClient } from '../http.js';
import { authorize } from './authorization.js';
import type { ImageReference } from './reference.js';

export interface RegistryOptions {
  readonly http: HttpClient;
  readonly reference: ImageReference;
  /** What `docker login` keeps for that registry. */
  readonly credentials: Credentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One name of a registry of images, in the words of the distribution specification. */
export interface RegistryClient {
  /** For messages. */
  readonly where: string;
  /** An answer to a question below `/v2/NAME/`, whose body is still to be read. */
  get(path: string, accept: string): Promise<IncomingMessage>;
}

/** As often a registry that is busy is asked again, each time after as long as it says, but no longer than this. */
const mostTries = 4;
const longestPause = 15_000;

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export function registryClient(options: RegistryOptions): RegistryClient {
  const { http, reference, signal } = options;
  const { origin, host, name } = reference;
  const where = `${host}/${name}`;
  let authorization: string | undefined;
  const ask = async (path: string, accept: string): Promise<IncomingMessage> => {
    const headers = { accept, ...(authorization !== undefined && { authorization }) };
    try {
      return await http.request(`${origin}/v2/${name}/${path}`, { headers, ...(signal && { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      throw new ReproError('not-ready', `the registry does not answer: ${codeOf(error) ?? reasonOf(error)}`, {
        where,
        remedy: 'see that the name of the registry is right, and that it can be reached from here',
        cause: error,
      });
    }
  };
  return {
    where,
    async get(path, accept) {
      for (let tries = 1; ; tries++) {
        const answer = await ask(path, accept);
        const status = answer.statusCode ?? 0;
        if (status === 200) return answer;
        answer.destroy();
        const isBusy = status === 429 || status === 503;
        if (isBusy && tries < mostTries) await sleep(pauseOf(answer, tries), undefined, signal ? { signal } : {});
        else if (status === 401 && authorization === undefined && tries < mostTries) {
          authorization = await authorize(answer.headers['www-authenticate'], { ...options, where });
        } else throw refused(status, reference, where);
      }
    },
  };
}

/** Seconds, or a date that is not worth being understood here. */
function pauseOf({ headers }: IncomingMessage, tries: number): number {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Math.min(longestPause, Number.isFinite(seconds) ? seconds * 1000 : 500 * 2 ** tries);
}

function refused(status: number, { host, version }: ImageReference, where: string): ReproError {
  if (status === 401 || status === 403) {
    return new ReproError('not-ready', `the registry lets nobody in without the right credentials (${status})`, {
      where,
      remedy: `docker login ${host}`,
    });
  }
  if (status === 404) {
    return new ReproError(
      'usage',
      `the registry has no ${JSON.stringify(version)} of that image, or a part of it is missing`,
      {
        where,
        remedy: 'see that name and tag are right',
      },
    );
  }
  const why = status === 429 ? 'has had too many questions (429)' : `answers with the status ${status}`;
  return new ReproError('not-ready', `the registry ${why}`, { where, remedy: 'try again later' });
}
