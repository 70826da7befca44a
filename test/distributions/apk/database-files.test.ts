import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/archives/store.js';
import { apkDatabases, readDatabase } from '../../../src/distributions/apk/database.js';
import { databaseOf } from '../../../src/distributions/apk/database-files.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import { gatherReadable } from '../../../src/machines/gather.js';
import type { FinishContext } from '../../../src/packaging/reader.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'apk-database-'));
});
afterEach(() => rmSync(root, { recursive: true }));

// With a slash in it.
const sum = Buffer.from(`00fff0${'0'.repeat(34)}`, 'hex').toString('base64');

/** The names of the scripts that are kept of a database with those of two packages, of which one is of the closure. */
async function kept(checksum: string, file: string, pack: (tar: Buffer) => Buffer): Promise<string[]> {
  const database = join(root, 'lib/apk/db');
  mkdirSync(database, { recursive: true });
  writeFileSync(join(database, 'installed'), `C:Q1${sum}\nP:tool\nV:1.0-r0\nA:x86_64\n\n`);
  const names = [`tool-1.0-r0.${checksum}.post-install`, 'other-2-r0.Q1AAAA.post-install'];
  for (const name of names) {
    mkdirSync(dirname(join(root, 'scripts', name)), { recursive: true });
    writeFileSync(join(root, 'scripts', name), `#!/bin/sh\n# ${name}\n`);
  }
  const tar = execFileSync('tar', ['-C', join(root, 'scripts'), '-cf', '-', ...names]);
  writeFileSync(join(database, file), pack(tar));
  const machine = await directoryMachine(root);
  const read = readDatabase(await gatherReadable(machine, apkDatabases));
  if (!read) throw new Error('there is no database');
  const contents = await openStore(join(root, 'store'));
  const files = await databaseOf(read.packages, read, {
    machine,
    contents,
    repack: 'missing',
  } as unknown as FinishContext);
  const scripts = files.find(({ path }) => path === '/lib/apk/db/scripts.tar')?.content ?? '';
  const listed = execFileSync('tar', ['-tf', await contents.locate(scripts)], { encoding: 'utf8' });
  return listed.split('\n').flatMap((name) => (name === '' ? [] : name.replace('./', '')));
}

describe('scripts of packages', () => {
  const plain = (tar: Buffer) => tar;
  const hex = `X100fff0${'0'.repeat(34)}`;
  it.each([
    ['apk 2', `Q1${sum}`, 'scripts.tar', plain],
    ['apk 3', hex, 'scripts.tar', plain],
    ['apk 3 of Alpine 3.23', hex, 'scripts.tar.gz', gzipSync],
  ] as const)('are kept of the closure, as %s writes them', async (_by, checksum, file, pack) => {
    expect(await kept(checksum, file, pack)).toEqual([`tool-1.0-r0.${checksum}.post-install`]);
  });
});
