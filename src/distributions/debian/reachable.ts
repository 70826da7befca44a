import { forEachConcurrently } from '../../archives/concurrency.js';
import { isUnreachable } from '../../archives/download.js';
import { type HttpClient, openHttpClient } from '../../archives/http.js';
import { reasonOf } from '../../errors.js';
import type { Progress } from '../../model/progress.js';
import type { PackageOrigin } from './origins.js';
import type { DebianArchive } from './schema.js';

const connections = 16;
const timeout = 8000;

/**
 * Asks the archives whether they still have each located file. An archive that cannot be reached at all says nothing
 * about its packages: they count as present, and a note tells.
 */
export async function checkReachable<P>(
  origins: ReadonlyMap<P, PackageOrigin>,
  archives: readonly DebianArchive[],
  notes: string[],
  options: { readonly progress: Progress; readonly signal?: AbortSignal },
): Promise<Map<P, PackageOrigin>> {
  const { progress, signal } = options;
  const stage = 'ask the archives';
  const byId = new Map(archives.map((archive) => [archive.id, archive]));
  const silentArchives = new Map<string, string>();
  const result = new Map(origins);
  const located = [...origins].filter(([, origin]) => origin.locations.length > 0);
  using client = openHttpClient({ connections });
  progress({ kind: 'begin', stage, total: located.length, unit: 'packages' });
  let done = 0;
  await forEachConcurrently(located, connections, async ([key, origin]) => {
    signal?.throwIfAborted();
    const answers: Answer[] = [];
    for (const { archive, filename } of origin.locations) {
      const uri = byId.get(archive)?.uri ?? '';
      if (silentArchives.has(uri)) continue;
      const answer = await ask(client, `${uri}/${encodeURI(filename)}`, signal);
      if (answer.kind === 'silent') silentArchives.set(uri, answer.reason);
      answers.push(answer);
      if (answer.kind === 'present') break;
    }
    const isGone = answers.length === origin.locations.length && answers.every(({ kind }) => kind === 'gone');
    result.set(key, { ...origin, availability: isGone ? 'gone' : 'present' });
    progress({ kind: 'advance', stage, done: ++done });
  });
  const gone = located.filter(([key]) => result.get(key)?.availability === 'gone').length;
  progress({ kind: 'end', stage, message: `${located.length - gone} of ${located.length} packages are still there` });
  for (const [uri, reason] of silentArchives) {
    notes.push(`The archive ${uri} could not be asked (${reason}): its packages are taken to be there.`);
  }
  return result;
}

type Answer = { readonly kind: 'present' | 'gone' | 'unclear' } | { readonly kind: 'silent'; readonly reason: string };

async function ask(client: HttpClient, url: string, signal: AbortSignal | undefined): Promise<Answer> {
  if (!/^https?:/.test(url)) return { kind: 'unclear' };
  try {
    const response = await client.request(url, { method: 'HEAD', timeout, ...(signal ? { signal } : {}) });
    response.resume();
    const status = response.statusCode ?? 0;
    if (status === 404 || status === 403 || status === 410) return { kind: 'gone' };
    return { kind: status === 200 ? 'present' : 'unclear' };
  } catch (error) {
    signal?.throwIfAborted();
    const reason = reasonOf(error);
    return isUnreachable(error) || reason.startsWith('no answer') ? { kind: 'silent', reason } : { kind: 'unclear' };
  }
}
