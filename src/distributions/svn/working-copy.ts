import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { baseName, type FilePath, joinPath, pathFromText } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import { querySqlite, type SqliteRow } from '../../packaging/sqlite.js';

/** A versioned file or link, as the database of the working copy has it. */
export interface VersionedFile {
  /** The SHA-1 of what the repository has. */
  readonly sha1: string | undefined;
  /** Added, copied or moved here, and not committed. */
  readonly isAdded: boolean;
  /** Whether keywords or line ends are written otherwise in the working copy. */
  readonly isTranslated: boolean;
  readonly isLink: boolean;
  /** Of the file when svn last wrote or saw it. */
  readonly size: number | undefined;
  readonly mtime: number | undefined;
}

export interface WorkingCopy {
  readonly at: FilePath;
  readonly ref: PackageRef;
  readonly url: string;
  readonly uuid: string;
  /** By name from the root. */
  readonly files: ReadonlyMap<FilePath, VersionedFile>;
  /** Of the newest change that is in it, in seconds since 1970. */
  readonly date: number;
}

const nodeSchema = z.object({
  local_relpath: z.string(),
  op_depth: z.number(),
  presence: z.string(),
  kind: z.string(),
  revision: z.number().nullable(),
  repos_path: z.string().nullable(),
  checksum: z.string().nullable(),
  properties: z.instanceof(Uint8Array).nullable(),
  translated_size: z.number().nullable(),
  last_mod_time: z.number().nullable(),
  changed_date: z.number().nullable(),
});
type Node = z.infer<typeof nodeSchema>;

const repositorySchema = z.object({ root: z.string(), uuid: z.string() });

// Of a path that was added, moved or deleted there are several: that of the highest op_depth is what is seen.
const nodes = `SELECT ${Object.keys(nodeSchema.shape).join(', ')} FROM nodes ORDER BY local_relpath, op_depth`;
const repositories = 'SELECT root, uuid FROM repository ORDER BY id';

/** Reads `.svn/wc.db` (Subversion 1.7 and later; subversion/libsvn_wc/wc-metadata.sql). */
export async function readWorkingCopy(at: FilePath, database: Buffer): Promise<WorkingCopy> {
  const [rows = [], known = []] = await querySqlite({ database }, nodes, repositories);
  const all = rows.map((row) => nodeSchema.parse(numbered(row)));
  const { root, uuid } = repositorySchema.parse(known[0]);
  const base = all.filter(({ op_depth, presence }) => op_depth === 0 && presence === 'normal');
  const revisions = base.flatMap(({ revision }) => revision ?? []);
  const [oldest, newest] = [Math.min(...revisions), Math.max(...revisions)];
  const version = oldest === newest ? String(newest) : `${oldest}:${newest}`;
  const seen = new Map(all.map((node) => [pathFromText(node.local_relpath), node]));
  const place = seen.get('' as FilePath)?.repos_path ?? '';
  const files = [...seen].filter(([, { kind, presence }]) => kind === 'file' && presence === 'normal');
  return {
    at,
    ref: { distribution: 'svn', name: baseName(pathFromText(root)), version, at },
    url: place === '' ? root : `${root}/${encodeURI(place)}`,
    uuid,
    files: new Map(files.map(([path, node]) => [path, describe(node)])),
    date: Math.floor(Math.max(0, ...base.map(({ changed_date }) => changed_date ?? 0)) / 1e6),
  };
}

/** Dates in microseconds come as large integers. */
function numbered(row: SqliteRow): SqliteRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}

function describe({ checksum, op_depth, properties, translated_size, last_mod_time }: Node): VersionedFile {
  const names = Buffer.from(properties ?? []).toString('latin1');
  return {
    sha1: /^\$sha1\s*\$([0-9a-f]{40})$/.exec(checksum ?? '')?.[1],
    isAdded: op_depth > 0,
    isTranslated: names.includes('svn:keywords') || names.includes('svn:eol-style'),
    isLink: names.includes('svn:special'),
    size: translated_size ?? undefined,
    mtime: last_mod_time === null ? undefined : Math.floor(last_mod_time / 1e6),
  };
}

/** Why a versioned file is not as in its revision. */
export type Change = 'content' | 'added' | 'removed' | 'replaced';

/** A versioned file with its entry, and what was changed. */
export interface Condition {
  readonly entry?: FileEntry;
  readonly change?: Change;
}

/** How versioned files are, in two passes over the machine. */
export async function findConditions(
  names: readonly FilePath[],
  { at, files }: WorkingCopy,
  machine: Machine,
  signal?: AbortSignal,
): Promise<Map<FilePath, Condition>> {
  const conditions = new Map<FilePath, Condition>();
  const places = new Map(names.map((name) => [joinPath(at, name), name]));
  const options = signal ? { signal } : {};
  const unread: FilePath[] = [];
  for await (const [path, entry] of machine.files.entries([...places.keys()], options)) {
    const name = places.get(path) as FilePath;
    const file = files.get(name) as VersionedFile;
    const change = entry ? changeOf(entry, file) : 'removed';
    if (change === 'unread') unread.push(path);
    conditions.set(name, { ...(entry && { entry }), ...(change && change !== 'unread' ? { change } : {}) });
  }
  for await (const { path, content } of machine.files.contents(unread, options)) {
    const name = places.get(path) as FilePath;
    const hash = createHash('sha1');
    for await (const chunk of content) hash.update(chunk);
    if (hash.digest('hex') === files.get(name)?.sha1) continue;
    conditions.set(name, { ...conditions.get(name), change: 'content' });
  }
  return conditions;
}

function changeOf(entry: FileEntry, file: VersionedFile): Change | 'unread' | undefined {
  const isRight = entry.type === (file.isLink ? 'symlink' : 'file');
  if (!isRight) return 'replaced';
  if (file.isAdded) return 'added';
  if (file.isLink) {
    const content = Buffer.from(`link ${entry.target ?? ''}`, 'latin1');
    return createHash('sha1').update(content).digest('hex') === file.sha1 ? undefined : 'content';
  }
  if (!file.isTranslated) return 'unread';
  // What svn wrote is not what the repository has: size and date tell, as they do svn.
  return entry.size === file.size && entry.mtime === file.mtime ? undefined : 'content';
}
