import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { querySqlite } from '../../src/packaging/sqlite.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a database that its owner has open', () => {
  it('is read with what is in its log only, and is left as it is', async () => {
    const file = join(folder, 'database');
    const owner = new sqlite.Database(file);
    try {
      owner.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
      owner.exec(
        "CREATE TABLE things (name TEXT); INSERT INTO things VALUES ('first'); PRAGMA wal_checkpoint(TRUNCATE)",
      );
      owner.exec("INSERT INTO things VALUES ('second')");
      const [database, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
      expect(log.length).toBeGreaterThan(0);
      const names = async (files: Parameters<typeof querySqlite>[0]) => {
        const [rows = []] = await querySqlite(files, 'SELECT name FROM things');
        return rows.map(({ name }) => name);
      };
      expect(await names({ database, log })).toEqual(['first', 'second']);
      expect(await names({ database })).toEqual(['first']);
      expect(readFileSync(file).equals(database)).toBe(true);
    } finally {
      owner.close();
    }
  });

  it('that is none is an error that says so', async () => {
    await expect(querySqlite({ database: Buffer.from('something else') }, 'SELECT 1 FROM x')).rejects.toThrow(
      'database',
    );
  });
});
