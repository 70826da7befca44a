import { commitAddress } from '../../archives/git/remote.js';
import { parsePath } from '../../model/file-path.js';
import type { DirectoryStep, PlannedPackage, Step, WriteStep } from '../../model/plan.js';
import type { DistributionPlan } from '../../packaging/distribution.js';
import { type GitLock, isPlaced, type LockedContent, type LockedRepository, type Placed } from './schema.js';

/** Pure: outer repositories before those in them, each with what its commit does not have. */
export function planGit({ packages }: GitLock): DistributionPlan {
  const inOrder = packages.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return {
    artifacts: inOrder.flatMap((each) => [
      ...checkoutOf(each),
      ...each.contents.filter(isPlaced).map((one) => contentOf(one, each)),
    ]),
    steps: inOrder.flatMap(stepsOf),
  };
}

function checkoutOf(repository: LockedRepository): PlannedPackage[] {
  const { version, checkout, remotes } = repository;
  if (!checkout) return [];
  const having = [...remotes].sort((a, b) => Number(b.hasCommit ?? false) - Number(a.hasCommit ?? false));
  return [
    {
      ...named(repository),
      artifact: {
        name: `${repository.name}-${version.slice(0, 12)}.tar`,
        digest: { algorithm: 'sha256', value: checkout.sha256 },
        size: checkout.size,
        urls: having.flatMap(({ url }) => commitAddress(url, version) ?? []),
        listing: checkout.listing,
        ...(checkout.carried ? { content: checkout.sha256 } : {}),
      },
    },
  ];
}

function contentOf({ path, sha256, size, urls, carried }: LockedContent, repository: LockedRepository): PlannedPackage {
  return {
    ...named(repository),
    artifact: {
      name: path.slice(path.lastIndexOf('/') + 1),
      digest: { algorithm: 'sha256', value: sha256 },
      size,
      urls,
      ...(carried ? { content: sha256 } : {}),
    },
  };
}

function named({ name, version, at }: LockedRepository) {
  return { distribution: 'git', name, version, at: parsePath(at), used: true };
}

function stepsOf(repository: LockedRepository): Step[] {
  const { name, at, version, checkout, folders, edited, contents } = repository;
  const path = parsePath(at);
  return [
    ...folders.map((each) => folder(each, `holds a part of the repository ${at}`)),
    ...(checkout
      ? [{ kind: 'unpack', path, content: checkout.sha256, reason: `${name} at commit ${version}` } satisfies Step]
      : []),
    ...edited.map((each) => write(each, 'changed since it was committed')),
    ...contents
      .filter(isPlaced)
      .map((each) => write(each, `${each.key === undefined ? 'git-lfs' : 'git-annex'} keeps it`)),
  ];
}

function folder({ path, mode, uid, gid, mtime }: Placed, reason: string): DirectoryStep {
  return { kind: 'directory', path: parsePath(path), mode: Number.parseInt(mode, 8), uid, gid, mtime, reason };
}

function write({ sha256, ...placed }: Placed & { sha256: string }, reason: string): WriteStep {
  const { path, mode, uid, gid, mtime } = folder(placed, reason);
  return { kind: 'write', path, content: sha256, mode, uid, gid, mtime: mtime ?? 0, reason };
}
