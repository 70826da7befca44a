import { type FilePath, joinPath, parentPath } from '../../model/file-path.js';
import { type Description, type PrefixKind, type Records, upTo } from '../../packaging/prefix/kind.js';
import { parseLock, type YarnLock } from './lock.js';

/**
 * `NAME-npm-VERSION-HASH-CHECKSUM.zip` of a cache, in the project or for all of them, where the checksum may be a key:
 * https://github.com/yarnpkg/berry/blob/master/packages/yarnpkg-core/sources/structUtils.ts (slugifyLocator)
 */
const archivePattern =
  /\/cache\/([^/]+?)-(npm|patch|https?|git|file|exec)-(?:(\d[^/]*)-)?([0-9a-f]{10})-[0-9a-z]+\.zip$/;
const archiveOf = upTo(archivePattern);

/** Each archive is the package; the lock file of its project, which is read once, says what it is exactly. */
export function packageArchives(): PrefixKind {
  const locks = new Map<Buffer, YarnLock>();
  return {
    name: 'yarn',
    title: "packages of Yarn's Plug'n'Play",
    prefixOf: archiveOf,
    records: (archive) => lockOf(archive),
    describe(archive, records) {
      const [, slug = '', protocol = '', said, hash = ''] = archivePattern.exec(archive) ?? [];
      const version = said ?? `${protocol}-${hash}`;
      const locked = learn(archive, records)?.locked(slug, version);
      return {
        name: locked?.name ?? nameOf(slug),
        version,
        ...(locked?.checksum ? { details: { checksum: locked.checksum } } : {}),
        neededRecords: (locked?.needs ?? []).map((needed) => `${parentPath(archive)}/${needed}-*.zip`),
      } satisfies Description;
    },
  };

  function learn(archive: FilePath, records: Records): YarnLock | undefined {
    const [path] = lockOf(archive);
    const content = path && records.get(path);
    if (!content) return undefined;
    const lock = locks.get(content) ?? parseLock(content);
    locks.set(content, lock);
    return lock;
  }
}

/** Of a project's own cache; what all projects share has none. */
function lockOf(archive: FilePath): FilePath[] {
  const folder = parentPath(parentPath(archive));
  return folder.endsWith('/.yarn') ? [joinPath(parentPath(folder), 'yarn.lock')] : [];
}

/** A scope may have a dash of its own: only a lock file tells. */
function nameOf(slug: string): string {
  return slug.startsWith('@') ? slug.replace('-', '/') : slug;
}
