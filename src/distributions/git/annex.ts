import type { FilePath } from '../../model/file-path.js';
import { type AnnexKey, logPath } from './annex-key.js';
import { findInTree, readCommit } from './commits.js';
import { remotesOf, settingOf } from './config.js';
import type { ObjectStore } from './objects.js';
import type { Repository } from './repository.js';

/** What git-annex knows of where a content is. */
export interface Availability {
  /** Addresses on the web. */
  readonly urls: readonly string[];
  /** Other repositories that have it, by the names that people gave them. */
  readonly places: readonly string[];
}

/** The uuid by which other repositories know this one; undefined where git-annex is not used. */
export function annexUuid({ config }: Repository): string | undefined {
  return settingOf(config, 'annex.uuid');
}

const web = '00000000-0000-0000-0000-000000000001';

/** Reads the branch `git-annex`, and those of the remotes that were not merged into it yet. */
export async function findAvailability(key: AnnexKey, repository: Repository): Promise<Availability> {
  const objects = await repository.objects();
  const branches = [...repository.refs].filter(([name]) => /^refs\/(?:heads|remotes\/.+)\/git-annex$/.test(name));
  const trees: string[] = [];
  for (const [, id] of branches) {
    const commit = await readCommit(id, objects);
    if (commit) trees.push(commit.tree);
  }
  const lines = async (path: FilePath) => (await Promise.all(trees.map((tree) => linesOf(tree, path, objects)))).flat();
  const urls = currentValues(await lines(logPath(key, '.log.web'))).filter((url) => /^(?:https?|file):\/\//.test(url));
  const holders = currentValues(await lines(logPath(key, '.log')));
  const names = placeNames(await lines('uuid.log' as FilePath), repository);
  const own = annexUuid(repository);
  const places = holders.filter((uuid) => uuid !== own && uuid !== web).map((uuid) => names.get(uuid) ?? uuid);
  return { urls, places: [...new Set(places)] };
}

async function linesOf(tree: string, path: FilePath, objects: ObjectStore): Promise<string[]> {
  const entry = await findInTree(tree, path, objects);
  const blob = entry && (await objects.get(entry.id));
  return blob?.content.toString('utf8').split('\n') ?? [];
}

/** Lines are `SECONDSs 1 VALUE`, with 0 where it is gone; of each value the newest counts (git-annex, "internals"). */
function currentValues(lines: readonly string[]): string[] {
  const newest = new Map<string, { readonly time: number; readonly isThere: boolean }>();
  for (const line of lines) {
    const [, seconds, state, value] = /^(\d+(?:\.\d+)?)s ([01X]) (.+)$/.exec(line) ?? [];
    if (value === undefined) continue;
    const time = Number(seconds);
    if (time >= (newest.get(value)?.time ?? 0)) newest.set(value, { time, isThere: state === '1' });
  }
  return [...newest].filter(([, { isThere }]) => isThere).map(([value]) => value);
}

/** Names of the remotes here, else the descriptions that uuid.log has. */
function placeNames(lines: readonly string[], { config }: Repository): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of lines) {
    const [, uuid, description] = /^(\S+) (.*?)(?: timestamp=\S+)?$/.exec(line) ?? [];
    if (uuid !== undefined && description) names.set(uuid, description);
  }
  for (const { name, setting } of remotesOf(config)) {
    const uuid = setting('annex-uuid');
    if (uuid !== undefined) names.set(uuid, name);
  }
  return names;
}
