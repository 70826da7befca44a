import { rm } from 'node:fs/promises';
import { openSqlite } from '../../packaging/sqlite.js';
import { RpmHeader, tag } from './header.js';

/**
 * Gives every package in an `rpmdb.sqlite` of ours the same date of installation and transaction, so that two builds
 * have the same database, and folds the log into it.
 */
export async function setInstallTimes(file: string, epoch: number): Promise<void> {
  const database = await openSqlite(file);
  try {
    for (const { hnum, blob } of database.all('SELECT hnum, blob FROM Packages')) {
      if (!(blob instanceof Uint8Array) || typeof hnum !== 'number') continue;
      const changed = Buffer.from(blob);
      const header = new RpmHeader(changed);
      for (const which of [tag.installTime, tag.installTid]) {
        const at = header.placeOf(which);
        if (at !== undefined) changed.writeUInt32BE(epoch, at);
      }
      database.run('UPDATE Packages SET blob = ? WHERE hnum = ?', [changed, hnum]);
    }
    database.run('UPDATE Installtid SET key = ?', [epoch]);
    // From then on there is one file, which says nothing of the order of what was written.
    database.exec('PRAGMA journal_mode = DELETE; VACUUM');
  } finally {
    database.close();
  }
  for (const suffix of ['-wal', '-shm', '.lock']) await rm(`${file}${suffix}`, { recursive: true, force: true });
}
