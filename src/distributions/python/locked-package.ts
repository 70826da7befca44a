import { type FilePath, showPath } from '../../model/file-path.js';
import type { PackedTree } from '../../packaging/repacked-tree.js';
import type { Closure } from './closure.js';
import type { DirectOrigin } from './direct-url.js';
import type { PythonPackage } from './schema.js';
import type { InstalledPackage } from './site.js';

interface LockFacts {
  readonly used: boolean;
  readonly closure: Closure;
  readonly missing: readonly FilePath[];
  readonly changed: readonly FilePath[];
  readonly packed: PackedTree | undefined;
}

/** One package of the lock: what it is, where it came from, and what is wrong with it. */
export function lockPackage(each: InstalledPackage, facts: LockFacts): PythonPackage {
  const { name, version, site, requested, installer, origin } = each;
  const { used, closure, packed } = facts;
  const needs = (closure.needs.get(each) ?? []).filter((needed) => needed.site === site).map((needed) => needed.name);
  const problems = problemsOf(each, facts);
  return {
    name,
    version,
    at: showPath(site),
    used,
    requested,
    ...(installer ? { installer } : {}),
    ...(origin ? { origin } : {}),
    ...(needs.length > 0 ? { needs: needs.sort() } : {}),
    ...artifactOf(each, packed),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

/** The copy of what is installed; without one, the wheel or source that it was installed from, where its address and hash are known. */
function artifactOf({ origin }: InstalledPackage, packed: PackedTree | undefined) {
  if (packed && 'hash' in packed) {
    return { certainty: 'repacked' as const, repacked: packed.hash, size: packed.size };
  }
  const [, name] = /^https?:\/\/.*\/([^/?#]+\.(?:whl|tar\.gz|zip))$/.exec(origin?.url ?? '') ?? [];
  if (!origin?.sha256 || name === undefined) return { certainty: 'version-only' as const };
  const file = { name, url: origin.url, sha256: origin.sha256 };
  if (name.endsWith('.whl')) return { certainty: 'indexed' as const, wheel: file };
  // Of a folder in an archive, nothing says that its top is the source of the package.
  return origin.subdirectory ? { certainty: 'version-only' as const } : { certainty: 'indexed' as const, sdist: file };
}

function problemsOf(each: InstalledPackage, { closure, missing, changed, packed, used }: LockFacts): string[] {
  const [first] = missing;
  const lacking = first === undefined ? [] : [lackingSentence(first, missing.length)];
  const { origin } = each;
  const isBare = origin?.editable && !used;
  const artifact = artifactOf(each, packed);
  return [
    ...each.problems,
    ...(closure.problems.get(each) ?? []),
    ...lacking,
    ...changed.map((path) => `${showPath(path)} was changed after it was installed; it is kept as it is.`),
    ...(packed && 'problem' in packed ? [packed.problem] : []),
    ...(packed && 'leftOut' in packed ? (packed.leftOut ?? []).map(leftOut) : []),
    ...(artifact.certainty === 'version-only' ? [notReinstallable(origin)] : []),
    ...(isBare ? [`It is imported from ${origin.url}, which the run did not read: that is not kept.`] : []),
  ];
}

function notReinstallable(origin: DirectOrigin | undefined): string {
  if (origin?.commit) return `Not reinstallable: no copy was kept of commit ${origin.commit} of ${origin.url}.`;
  if (origin) return `Not reinstallable: no copy was kept of what ${origin.url} held.`;
  return 'Not reinstallable: no copy of it was kept, and pip does not say from which index it came.';
}

function leftOut(path: FilePath): string {
  return `${showPath(path)} may hold a secret, and was put there by no package: its copy lacks it.`;
}

function lackingSentence(first: FilePath, count: number): string {
  if (count === 1) return `${showPath(first)} is of it, and is not there any more.`;
  return `${count} files are of it, such as ${showPath(first)}, and are not there any more.`;
}
