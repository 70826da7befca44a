import { sha256 } from '../../hash.js';
import { showMode } from '../../model/file-entry.js';
import { showPath } from '../../model/file-path.js';
import { tag } from './header.js';
import type { Origin } from './origins.js';
import type { RpmPackage } from './package.js';
import type { Repacked } from './repack.js';
import { signedPartOf } from './rpm-file.js';
import type { RpmLockedPackage } from './schema.js';

interface LockFacts {
  readonly used: boolean;
  /** As names, with the architecture where several have one. */
  readonly needs: readonly string[];
  readonly origin: Origin | undefined;
  readonly repacked: Repacked | undefined;
  readonly problems: readonly string[];
}

/** One package of the lock: what it is, where it came from, and what is wrong with it. */
export function lockedPackage(
  each: RpmPackage,
  { used, needs, origin, repacked, problems }: LockFacts,
): RpmLockedPackage {
  const { header, name, version, architecture } = each;
  const immutable = header.immutable();
  const all = [...problems, ...(repacked?.problems ?? [])];
  // A repository's package that can still be had goes before the repacked one, which is a second way then.
  const isRepacked = repacked?.hash !== undefined && origin?.isAvailable !== true;
  return {
    name,
    version,
    architecture,
    ...given('source', header.text(tag.sourceRpm)),
    ...given('vendor', header.text(tag.vendor)),
    ...given('module', header.text(tag.modularityLabel)),
    ...given('built', header.number(tag.buildTime)),
    used,
    ...(needs.length > 0 ? { needs: [...needs] } : {}),
    ...(origin?.automatic ? { automatic: true } : {}),
    ...given('header', immutable && sha256(signedPartOf(immutable))),
    ...given('repository', origin?.repository),
    ...given('location', origin?.location),
    ...given('sha256', isRepacked ? repacked.hash : origin?.sha256),
    ...given('size', isRepacked ? repacked.size : origin?.size),
    certainty: isRepacked ? 'repacked' : (origin?.certainty ?? 'unknown'),
    ...given('repacked', repacked?.hash),
    ...(repacked?.isExact ? { exact: true } : {}),
    ...(repacked && repacked.changed.length > 0 ? { changed: repacked.changed.map(changedFile) } : {}),
    ...(repacked && repacked.missing.length > 0 ? { missing: repacked.missing.map(showPath) } : {}),
    ...(all.length > 0 ? { problems: all } : {}),
  };
}

function changedFile({ entry: { path, mode, uid, gid, mtime }, content }: Repacked['changed'][number]) {
  return { path: showPath(path), content, mode: showMode(mode), uid, gid, mtime };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };
}
