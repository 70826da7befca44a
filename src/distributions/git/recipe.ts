import { commitAddress } from '../../archives/git/remote.js';
import type { PlanContext } from '../../packaging/distribution.js';
import type { Recipe } from '../../packaging/recipe.js';
import { planGit } from './plan.js';
import type { GitLock, LockedRepository } from './schema.js';

/** Commits by git, from remotes that are said to have them. */
export function gitRecipes(lock: GitLock, _context: PlanContext): Recipe[] {
  const { artifacts = [] } = planGit(lock);
  return lock.packages.flatMap((repository) => {
    const { at, version, checkout } = repository;
    const remotes = remotesOf(repository);
    if (!checkout || checkout.carried || remotes.length === 0) return [];
    const packages = artifacts.filter(({ artifact }) => artifact.digest?.value === checkout.sha256);
    const words = { at: [at], commit: [version], owner: [ownerOf(repository)], remotes };
    return [{ script: 'git', program: 'git', words, packages, fetched: 'itself' }];
  });
}

function remotesOf({ remotes, version }: LockedRepository): string[] {
  const reachable = remotes.filter(({ url }) => commitAddress(url, version) !== undefined);
  return reachable.sort((a, b) => Number(b.hasCommit ?? false) - Number(a.hasCommit ?? false)).map(({ url }) => url);
}

function ownerOf({ at, folders }: LockedRepository): string {
  const { uid = 0, gid = 0 } = folders.find(({ path }) => path === at) ?? {};
  return `${uid}:${gid}`;
}
