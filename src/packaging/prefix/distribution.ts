import { joinPath, parentPath, rootPath } from '../../model/file-path.js';
import type { PlannedPackage, Step } from '../../model/plan.js';
import { documentPath } from '../../model/schemas.js';
import type { DistributionModule, DistributionPlan, InstalledVersion, TreeReader } from '../distribution.js';
import type { OpenContext } from '../reader.js';
import { compareLoosely, type PrefixKind, type Records } from './kind.js';
import { PrefixReader } from './reader.js';
import {
  type LockedPrefix,
  type PrefixLock,
  type PrefixManifest,
  prefixLockSchema,
  prefixManifestSchema,
} from './schema.js';

/**
 * A distribution whose packages are folders. They are put back as they were, from copies of what was installed: their
 * managers build them for the folder that they are in, so that nothing else is the same.
 */
export function prefixDistribution(kind: PrefixKind): DistributionModule<PrefixManifest, PrefixLock> {
  const { name, title } = kind;
  return {
    name,
    title,
    manifestSchema: prefixManifestSchema(name, title),
    lockSchema: prefixLockSchema(name),
    databases: [],
    open: async ({ machine }: OpenContext) => new PrefixReader(kind, machine),
    plan: planPrefixes,
    compareVersions: compareLoosely,
    installed: (tree) => installedPrefixes(kind, tree),
  };
}

/** Pure: the copies, each unpacked where it was. */
export function planPrefixes({ name, packages }: PrefixLock): DistributionPlan {
  return {
    artifacts: packages.map((each) => plannedPackage(name, each)),
    steps: packages.flatMap(unpackStep),
  };
}

function plannedPackage(
  distribution: string,
  { name, version, at, used, content, size }: LockedPrefix,
): PlannedPackage {
  return {
    ...{ distribution, name, version, used },
    at: documentPath(at),
    artifact: {
      name: `${name}-${version}.tar.gz`,
      ...(content === undefined ? {} : { digest: { algorithm: 'sha256', value: content }, content }),
      ...(size === undefined ? {} : { size }),
      urls: [],
    },
  };
}

function unpackStep({ name, version, at, content }: LockedPrefix): Step[] {
  if (content === undefined) return [];
  return [{ kind: 'unpack', path: rootPath, content, reason: `${name} ${version} as it was in ${at}` }];
}

async function installedPrefixes(kind: PrefixKind, { read, list }: TreeReader): Promise<InstalledVersion> {
  return async ({ at }) => {
    if (at === undefined) return undefined;
    const globs = kind.records(at);
    // Its name says all, whether it is there or not.
    if (globs.length === 0 && (await list(at)).length === 0 && !(await read(at))) return undefined;
    const records = new Map<Parameters<Records['get']>[0], Buffer>();
    for (const glob of globs) {
      // A record has a name of its own, or any with its ending in a folder of its own.
      const folder = parentPath(glob as typeof at);
      const ending = /\/\*(\.\w+)$/.exec(glob)?.[1];
      const names = ending === undefined ? [glob.slice(folder.length + 1)] : await list(folder);
      for (const each of names) {
        const path = joinPath(folder, each);
        const content = each.endsWith(ending ?? '') ? await read(path) : undefined;
        if (content) records.set(path, content);
      }
    }
    return kind.describe(at, records)?.version;
  };
}
