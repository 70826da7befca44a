import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { treeDigest } from '../../src/filesystem/digest.js';
import { readTar } from '../../src/filesystem/tar-reader.js';
import { tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';
import type { Resource } from '../../src/model/resource.js';
import { digested, refuseChanged } from '../../src/resources/tree-source.js';

const epoch = 1_700_000_000;
const content = Buffer.alloc(300_000, 'reproducible');
const owner = { mode: 0o644, uid: 0, gid: 0, mtime: epoch };
const header = tarHeader({ ...owner, name: 'srv/data', type: 'file', size: content.length });
const tar = Buffer.concat([header, content, tarPadding(content.length), tarEnd()]);

function stream(bytes: Buffer): Readable {
  const size = 65_536;
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  return Readable.from(chunks, { objectMode: false });
}

it('gives a tar on as it is, with the digest of the tree in it', async () => {
  const passed = digested(stream(tar), epoch);
  expect((await buffer(passed.tar)).equals(tar)).toBe(true);
  const entries = readTar(stream(tar), { hash: true });
  expect(await passed.digest).toBe(await treeDigest(entries, { epoch }));
});

it('has no digest of a tree that is cut short, or that nobody read to its end', async () => {
  const cut = digested(stream(tar.subarray(0, 100_000)), epoch);
  await buffer(cut.tar);
  await expect(cut.digest).rejects.toThrow();
  const given = digested(stream(tar), epoch);
  for await (const _chunk of given.tar) break;
  await expect(given.digest).rejects.toThrow();
});

it('refuses a tree that is another than the one that came', () => {
  const taken = { resource: {} as Resource, digest: 'a'.repeat(64) };
  expect(() => refuseChanged(taken, { treeDigest: 'a'.repeat(64) }, "'one'")).not.toThrow();
  expect(() => refuseChanged(taken, { treeDigest: 'b'.repeat(64) }, "'one'")).toThrow("not that of 'one'");
});
