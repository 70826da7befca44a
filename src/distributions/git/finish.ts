import { comparePaths, type FilePath, joinPath, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import { readMany } from '../../packaging/working-tree.js';
import { annexUuid } from './annex.js';
import { parseConfig, settingOf } from './config.js';
import { originProblems } from './notes.js';
import { findOrigin } from './origin.js';
import { type FoundRepository, placeWorkingTree } from './place.js';
import type { Repository } from './repository.js';
import type { GitLock, GitManifest, LockedRepository } from './schema.js';

interface FinishedRepository {
  readonly locked: LockedRepository;
  readonly files: readonly FilePath[];
  readonly notes: readonly string[];
  readonly epoch: number;
}

/** Writes both halves of the repositories that own anything that was used. */
export async function finishGit(
  found: readonly FoundRepository[],
  context: FinishContext,
): Promise<Finished<GitManifest, GitLock>> {
  const finished: FinishedRepository[] = [];
  for (const each of found.toSorted((a, b) => comparePaths(a.repository.at, b.repository.at))) {
    context.signal?.throwIfAborted();
    const { repository } = each;
    const owned = context.owned.filter((owner) => owner.package?.at === repository.at);
    // A run that clones a repository makes it again.
    const isMade = context.isNew?.(joinPath(repository.gitFolder, 'HEAD'));
    const isWanted = owned.length > 0 || context.needed.some((each) => each.at === repository.at);
    if (isWanted && !isMade) finished.push(await finishOne(each, owned, context));
  }
  const packages = finished.map(({ locked }) => locked);
  return {
    manifest: { name: 'git', repositories: packages.map(summarize) },
    lock: { name: 'git', packages },
    files: [...new Set(finished.flatMap(({ files }) => files))],
    notes: finished.flatMap(({ notes }) => notes),
    epoch: Math.max(0, ...finished.map(({ epoch }) => epoch)),
  };
}

async function finishOne(
  found: FoundRepository,
  owned: readonly Owner[],
  context: FinishContext,
): Promise<FinishedRepository> {
  const { repository, findings } = found;
  const { ref } = findings;
  const { at, gitFolder, head, algorithm, isShallow } = repository;
  const origin = await findOrigin(repository, findings.problems, context.signal);
  const { files, notes, ...placed } = await placeWorkingTree(found, owned, origin, context);
  const uuid = annexUuid(repository);
  const dataset = await datasetOf(repository, context.machine, findings.problems);
  const problems = [...findings.problems, ...originProblems(ref, origin, placed.checkout)];
  const locked: LockedRepository = {
    name: ref.name,
    version: ref.version,
    at: showPath(at),
    used: true,
    certainty: origin.isElsewhere ? 'verified' : placed.checkout?.carried ? 'repacked' : 'unknown',
    algorithm,
    ...(head.branch === undefined ? {} : { branch: showPath(head.branch as FilePath) }),
    ...(origin.tags.length > 0 ? { tags: [...origin.tags] } : {}),
    remotes: origin.remotes,
    ...(isShallow ? { shallow: true } : {}),
    ...(owned.some(({ path }) => path === joinPath(gitFolder, 'index')) ? { index: true } : {}),
    ...(at === gitFolder ? { bare: true } : {}),
    ...placed,
    ...(uuid === undefined ? {} : { annex: uuid }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(problems.length > 0 ? { problems } : {}),
  };
  const sentences = [...problems, ...notes].map((sentence) => `${showPath(at)} (git): ${sentence}`);
  return { locked, files, notes: sentences, epoch: origin.date };
}

async function datasetOf(
  { at }: Repository,
  machine: FinishContext['machine'],
  problems: Set<string>,
): Promise<string | undefined> {
  const path = joinPath(at, '.datalad/config');
  const unreadable = () => problems.add('Which dataset of DataLad it is cannot be read.');
  const file = (await readMany(machine, [path], unreadable)).get(path);
  return file && settingOf(parseConfig(file.toString('utf8')), 'datalad.dataset.id');
}

/** What a manifest says of a repository in a lock. */
export function summarize(locked: LockedRepository): GitManifest['repositories'][number] {
  const { at, version, branch, remotes, changed, dataset } = locked;
  const url = (remotes.find(({ hasCommit }) => hasCommit) ?? remotes[0])?.url;
  return {
    path: at,
    commit: version,
    ...(branch === undefined ? {} : { branch }),
    ...(url === undefined ? {} : { url }),
    ...(changed.length > 0 ? { changed: changed.length } : {}),
    ...(dataset === undefined ? {} : { dataset }),
  };
}
