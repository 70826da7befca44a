import { forEachConcurrently } from '../../archives/concurrency.js';
import { openHttpClient } from '../../archives/http.js';
import { type Answer, askArchive } from '../../archives/reachable.js';
import type { Progress } from '../../model/progress.js';
import type { PackageOrigin } from './origins.js';
import type { DebianArchive } from './schema.js';

const connections = 16;

/**
 * Asks the archives whether another machine can still get each located file there. One that is reached without a
 * network (`file:`, `cdrom:`, a mirror list, loopback) or that asks for credentials, which no spec holds, counts as
 * gone. An archive that does not answer, or not properly, says nothing about its packages: they count as present, and
 * a note tells.
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
  const unusable = new Map<string, string>();
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
      const answer = await askArchive(client, `${uri}/${encodeURI(filename)}`, signal);
      if (answer.kind === 'silent') silentArchives.set(uri, answer.reason);
      if (answer.kind === 'closed') unusable.set(uri, answer.reason);
      answers.push(answer);
      if (answer.kind === 'present') break;
    }
    const isGone =
      answers.length === origin.locations.length && answers.every(({ kind }) => kind === 'gone' || kind === 'closed');
    result.set(key, { ...origin, availability: isGone ? 'gone' : 'present' });
    progress({ kind: 'advance', stage, done: ++done });
  });
  const gone = located.filter(([key]) => result.get(key)?.availability === 'gone').length;
  progress({ kind: 'end', stage, message: `${located.length - gone} of ${located.length} packages are still there` });
  for (const [uri, reason] of silentArchives) {
    notes.push(`The archive ${uri} could not be asked (${reason}): its packages are taken to be there.`);
  }
  for (const [uri, reason] of unusable) {
    notes.push(`No other machine can be expected to get packages from ${uri}: ${reason}.`);
  }
  return result;
}
