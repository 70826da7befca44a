import { querySqlite, type SqliteFiles } from '../../packaging/sqlite.js';

/** The headers in an `rpmdb.sqlite`, in the order of installation. */
export async function headersOfSqlite(files: SqliteFiles): Promise<Buffer[]> {
  const [rows = []] = await querySqlite(files, 'SELECT blob FROM Packages ORDER BY hnum');
  return rows.flatMap(({ blob }) =>
    blob instanceof Uint8Array ? [Buffer.from(blob.buffer, blob.byteOffset, blob.length)] : [],
  );
}
