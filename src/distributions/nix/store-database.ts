import { z } from 'zod';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import { querySqlite, type SqliteFiles } from '../../packaging/sqlite.js';

/** What the manager registered of one store path. */
export interface Registered {
  /** Of its content as a NAR: caches and other stores name it so. */
  readonly narHash: string;
  readonly deriver?: string;
  /** The store paths that are named in its files, but for itself. */
  readonly references: readonly FilePath[];
}

const pathRow = z.looseObject({ path: z.string(), hash: z.string(), deriver: z.string().nullish() });
const referenceRow = z.looseObject({ referrer: z.string(), reference: z.string() });

/** Reads `db.sqlite`, which is the same in Nix and Guix: https://github.com/NixOS/nix/blob/master/src/libstore/schema.sql */
export async function readStoreDatabase(files: SqliteFiles): Promise<Map<FilePath, Registered>> {
  const [paths = [], references = []] = await querySqlite(
    files,
    'SELECT path, hash, deriver FROM ValidPaths',
    `SELECT a.path AS referrer, b.path AS reference FROM Refs
     JOIN ValidPaths a ON a.id = Refs.referrer JOIN ValidPaths b ON b.id = Refs.reference ORDER BY a.path, b.path`,
  );
  const byReferrer = new Map<string, FilePath[]>();
  for (const { referrer, reference } of z.array(referenceRow).parse(references)) {
    const known = byReferrer.get(referrer) ?? [];
    if (reference !== referrer) known.push(pathFromText(reference));
    byReferrer.set(referrer, known);
  }
  return new Map(
    z
      .array(pathRow)
      .parse(paths)
      .map(({ path, hash, deriver }) => [
        pathFromText(path),
        { narHash: hash, ...(deriver ? { deriver } : {}), references: byReferrer.get(path) ?? [] },
      ]),
  );
}
