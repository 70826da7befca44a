import { reasonOf } from '../../errors.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import { absoluteUrl, isElsewhere, publicUrl } from '../../packaging/remote-urls.js';
import { isInHistory, readCommit } from './commits.js';
import { remotesOf } from './config.js';
import { remoteTips } from './refs.js';
import type { Repository } from './repository.js';
import type { LockedRepository } from './schema.js';

/** Where a commit can be had. */
export interface Origin {
  readonly remotes: LockedRepository['remotes'];
  /** Whether a remote that is not on this machine has the commit. */
  readonly isElsewhere: boolean;
  readonly tags: readonly string[];
  /** Of the commit, in seconds since 1970; 0 where it is not known. */
  readonly date: number;
}

/** All remotes, whether they have the commit or not; what cannot be read is added to the problems. */
export async function findOrigin(repository: Repository, problems: Set<string>, signal?: AbortSignal): Promise<Origin> {
  const { at, head, refs, config } = repository;
  const known = remotesOf(config);
  const tips = remoteTips(
    refs,
    known.map(({ name }) => name),
  );
  const remotes: LockedRepository['remotes'] = [];
  const tags: string[] = [];
  let date = 0;
  const having = new Map<string, boolean | undefined>();
  try {
    const objects = await repository.objects();
    if (head.commit !== undefined) {
      date = (await readCommit(head.commit, objects))?.date ?? 0;
      for (const { name } of known) {
        having.set(name, await isInHistory(head.commit, tips.get(name) ?? [], objects, signal));
      }
      for (const [ref, id] of refs) {
        const isOwn = ref.startsWith('refs/tags/') && (await isCommit(id, head.commit, repository));
        if (isOwn) tags.push(showPath(ref.slice('refs/tags/'.length) as FilePath));
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    problems.add(`Its history cannot be read: ${reasonOf(error)}.`);
  }
  for (const { name, url } of known) {
    const hasCommit = having.get(name);
    const shown = publicUrl(showPath(absoluteUrl(url, at) as FilePath));
    remotes.push({ name: showPath(name as FilePath), url: shown, ...(hasCommit === undefined ? {} : { hasCommit }) });
  }
  return {
    remotes,
    isElsewhere: remotes.some(({ url, hasCommit }) => hasCommit === true && isElsewhere(url)),
    tags: tags.sort(),
    date,
  };
}

/** A tag is a commit, or an object of its own that names one. */
async function isCommit(id: string, commit: string, repository: Repository): Promise<boolean> {
  if (id === commit) return true;
  const found = await (await repository.objects()).get(id);
  return found?.type === 'tag' && found.content.toString('latin1', 0, 7 + commit.length) === `object ${commit}`;
}
