import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { writeSaved } from '../support/images.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';

beforeEach(needs({ programs: ['tar', 'sha256sum', 'find'] }));

/** More than is hashed without threads, in files of all sizes. */
const sizes = [...Array.from({ length: 60 }, (_, at) => at * 997), 40_000_000, 1_048_577, 20_000_000, 9_000_000];

const folder = mkdtempSync(join(tmpdir(), 'large-'));
const tree = join(folder, 'tree');
const saved = join(folder, 'saved.tar');
let cli: Cli;
/** By paths, as sha256sum finds them. */
let expected: Readonly<Record<string, string>>;

beforeAll(async () => {
  mkdirSync(join(tree, 'etc'), { recursive: true });
  writeFileSync(join(tree, 'etc/os-release'), 'ID=debian\nVERSION_ID=12\n');
  for (const [at, size] of sizes.entries()) writeFileSync(join(tree, `f${at}`), randomBytes(size));
  const sums = await must(['sh', '-euc', 'cd "$1"; find . -type f -exec sha256sum {} +', 'sh', tree]);
  expected = Object.fromEntries(
    sums
      .trim()
      .split('\n')
      .map((line) => [line.slice(67), line.slice(0, 64)]),
  );
  cli = await freshCli({ ownStore: true });
});
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function tarOf(...names: string[]): Promise<Buffer> {
  const file = join(folder, 'layer.tar');
  await must(['tar', '-C', tree, '-cf', file, ...names]);
  return readFileSync(file);
}

async function hashesOf(source: string): Promise<Record<string, string>> {
  await cli.must(['snapshot', source, '--format', 'jsonl', '-o', 'found.jsonl.gz']);
  const lines = gunzipSync(readFileSync(join(cli.work, 'found.jsonl.gz')))
    .toString()
    .trim()
    .split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { path: string; hash?: string });
  return Object.fromEntries(entries.flatMap(({ path, hash }) => (hash === undefined ? [] : [[path, hash]])));
}

it('is hashed in a folder by several threads as sha256sum hashes it', async () => {
  expect(await hashesOf(`dir:${tree}`)).toEqual(expected);
});

it('is hashed in an image beside the digests of its layers, whether these are compressed or not', async () => {
  const plain = await tarOf('.');
  // Another digest, or what is known of the first would be taken.
  const other = Buffer.concat([plain, Buffer.alloc(512)]);
  for (const layer of [{ tar: plain }, { tar: other, stored: gzipSync(other, { level: 1 }) }]) {
    writeSaved(saved, [{ layers: [layer] }]);
    expect(await hashesOf(`docker-archive:${saved}`)).toEqual(expected);
  }
});

it('is refused in an image where one of its bytes is another, or the end of it is not there', async () => {
  const tar = Buffer.concat([await tarOf('.'), Buffer.alloc(1024)]);
  writeSaved(saved, [{ layers: [{ tar }] }]);
  const half = Math.floor(tar.length / 2);
  const file = openSync(saved, 'r+');
  writeSync(file, Buffer.from([(readFileSync(saved)[half] ?? 0) ^ 1]), 0, 1, half);
  const changed = await cli.must(['snapshot', `docker-archive:${saved}`], { code: 2 });
  expect(changed.stderr).toContain('not what the image names');
  truncateSync(saved, half);
  const cut = await cli.must(['snapshot', `docker-archive:${saved}`], { code: 2 });
  expect(cut.stderr).toContain('ends in the middle');
});
