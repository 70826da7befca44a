import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from 'node-sqlite3-wasm';
import { scratchFolder } from '../scratch.js';

/** A database of SQLite with the log of what was not written into it yet. */
export interface SqliteFiles {
  readonly database: Buffer;
  readonly log?: Buffer | undefined;
}

/** One row of an answer, by the names of its columns. */
export type SqliteRow = Readonly<Record<string, unknown>>;

/** Asks a copy of a database: SQLite opens files only, and one in this mode of writing only where it may write. */
export async function querySqlite(
  { database, log }: SqliteFiles,
  ...queries: readonly string[]
): Promise<SqliteRow[][]> {
  await using scratch = await scratchFolder('sqlite');
  const file = join(scratch.path, 'database');
  await writeFile(file, database);
  if (log && log.length > 0) await writeFile(`${file}-wal`, log);
  const opened = await openSqlite(file);
  try {
    return queries.map((query) => opened.all(query) as SqliteRow[]);
  } finally {
    opened.close();
  }
}

/** Opens a file of ours. The library is loaded by the first that asks: it takes long, and most machines have no such database. */
export async function openSqlite(file: string): Promise<Database> {
  const { default: sqlite } = await import('node-sqlite3-wasm');
  const opened = new sqlite.Database(file, { fileMustExist: true });
  // Without it the log's index would be shared memory, which this build has none of.
  opened.exec('PRAGMA locking_mode = EXCLUSIVE');
  return opened;
}
