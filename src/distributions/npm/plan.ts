import { parentPath, parsePath, rootPath } from '../../model/file-path.js';
import type { PlannedPackage, Step } from '../../model/plan.js';
import { documentPath } from '../../model/schemas.js';
import type { DistributionPlan, PlanContext } from '../../packaging/distribution.js';
import { digestOf } from './records.js';
import type { NpmLock, NpmPackage } from './schema.js';

/** Packages are unpacked where they were, from their tarballs or from copies; what no package has comes over them. */
export function planNpm({ packages, trees }: NpmLock, { epoch }: PlanContext): DistributionPlan {
  return {
    artifacts: packages.map(planned),
    steps: [
      ...packages.flatMap(unpacking),
      ...trees.flatMap(restStep),
      ...trees.flatMap((tree) => linkSteps(tree, epoch)),
    ],
  };
}

function planned(each: NpmPackage): PlannedPackage {
  const { name, version, at, used, size, content, resolved = '' } = each;
  const digest = digestOfPackage(each);
  return {
    distribution: 'npm',
    name,
    version,
    at: documentPath(at),
    used,
    artifact: {
      name: `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`,
      ...(digest ? { digest } : {}),
      ...(size === undefined ? {} : { size }),
      urls: /^https?:/.test(resolved) ? [resolved] : [],
      ...(content === undefined ? {} : { content }),
    },
  };
}

/** Of a tarball what the lock file says, of a copy of installed files its own. */
function digestOfPackage({ certainty, integrity, content }: NpmPackage) {
  if (certainty !== 'repacked') return digestOf(integrity);
  return content === undefined ? undefined : ({ algorithm: 'sha256', value: content } as const);
}

function unpacking(each: NpmPackage): Step[] {
  const { name, version, at, certainty, unpacked, owner } = each;
  const digest = digestOfPackage(each);
  if (!digest) return [];
  const step = { kind: 'unpack', path: documentPath(at), content: digest.value, reason: `${name}@${version}` } as const;
  if (certainty === 'repacked') return [{ ...step, strip: 1 }];
  // Not compared with what was installed: as npm would have it for root.
  const details = unpacked ?? { umask: 0o022, programs: [], mtime: 0 };
  return [{ ...step, as: { distribution: 'npm', details }, owner: owner ?? { uid: 0, gid: 0 } }];
}

function restStep({ path, rest }: NpmLock['trees'][number]): Step[] {
  if (rest === undefined) return [];
  const reason = `folders, links and records of ${path}`;
  return [{ kind: 'unpack', path: rootPath, content: rest, reason }];
}

/** As npm makes them: a folder of programs beside the packages that have them. */
function linkSteps({ links = [] }: NpmLock['trees'][number], mtime: number): Step[] {
  const root = { uid: 0, gid: 0, mtime };
  const folders = [...new Set(links.map(({ path }) => parentPath(documentPath(path))))];
  return [
    ...folders.map(
      (path): Step => ({ kind: 'directory', path, mode: 0o755, ...root, reason: 'holds links to programs' }),
    ),
    ...links.map(({ path, target }): Step => {
      const reason = 'a program of a package';
      return { kind: 'link', path: documentPath(path), target: parsePath(target), ...root, reason };
    }),
  ];
}
