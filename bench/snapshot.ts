// Hashing a tree of small and large files, against `find -print0 | xargs -0 -P2 sha256sum` of the same; hashing files of over
// 1 MB, against one thread's SHA-256 of what is in memory already; and a snapshot of a Docker image of 1 GB, against reading
// what the engine saves of it and hashing that, from the engine and from a file. Nothing is known from before in any of them,
// and all files are in the page cache. What is measured is what `npm run build` made. Exits 2 when a target is missed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tarEnd, tarHeader, tarPadding } from '../src/filesystem/tar-writer.js';
import type { FilePath } from '../src/model/file-path.js';
import { built } from './shared/built.js';
import { median, report, timed } from './shared/measure.js';

const { diskTree } = await built<typeof import('../src/machines/disk/tree.js')>('machines/disk/tree.js');
const { openSource } = await built<typeof import('../src/sources/open.js')>('sources/open.js');

const megabyte = 1024 * 1024;
const small = { files: 6000, bytes: 20_000 };
const large = { files: 120, bytes: 8 * megabyte };
const image = { texts: 12_000, textBytes: 24_000, blobs: 24, blobBytes: 30 * megabyte };
const rounds = 2;

const folder = mkdtempSync(join(tmpdir(), 'bench-snapshot-'));
try {
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  makeTree();
  await compareTree();
  await compareLarge();
  await compareImage();
} finally {
  rmSync(folder, { recursive: true });
}

function makeTree(): void {
  for (let at = 0; at < small.files; at++) {
    const place = join(folder, 'tree', String(at % 100));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `f${at}`), textOf(at, small.bytes));
  }
  mkdirSync(join(folder, 'tree/large'));
  for (let at = 0; at < large.files; at++)
    writeFileSync(join(folder, 'tree/large', `f${at}`), randomBytes(large.bytes));
}

/** What is like text, and nowhere the same. */
function textOf(seed: number, bytes: number): string {
  return `${seed} a line of text like others ${seed * 7919}\n`.repeat(Math.ceil(bytes / 32)).slice(0, bytes);
}

async function compareTree(): Promise<void> {
  const root = join(folder, 'tree') as FilePath;
  const [own, peer]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    peer?.push(
      await timed(async () => must(['sh', '-c', 'find "$1" -type f -print0 | xargs -0 -P2 sha256sum', 'sh', root])),
    );
    forget();
    own?.push(await timed(() => hashTree('tree', small.files + large.files)));
  }
  const [mine, theirs] = [median(own ?? []), median(peer ?? [])];
  console.log(
    `a tree of ${small.files + large.files} files: ${mine.toFixed(2)} s; find and sha256sum ${theirs.toFixed(2)} s`,
  );
  report('  times what find and two sha256sum take', mine / theirs, { most: 1 });
}

async function compareLarge(): Promise<void> {
  const content = randomBytes(8 * megabyte);
  const inMemory: number[] = [];
  const onDisk: number[] = [];
  for (let round = 0; round < 5; round++) {
    inMemory.push(await rateOf(async () => createHash('sha256').update(content).digest(), content.length));
    forget();
    onDisk.push(await rateOf(() => hashTree('tree/large', large.files), large.bytes * large.files));
  }
  console.log(
    `files of 8 MB: ${median(onDisk).toFixed(0)} MB/s; SHA-256 in memory ${median(inMemory).toFixed(0)} MB/s`,
  );
  report("  of SHA-256's own speed, by one thread", median(onDisk) / median(inMemory), { least: 0.85 });
}

/** In MB a second. */
async function rateOf(work: () => Promise<unknown>, bytes: number): Promise<number> {
  return bytes / megabyte / (await timed(work));
}

async function hashTree(name: string, expected: number): Promise<void> {
  let files = 0;
  const root = join(folder, name) as FilePath;
  for await (const batch of diskTree({ root, start: '/' as FilePath, hash: true, attributes: false }))
    files += batch.filter(({ hash }) => hash !== undefined).length;
  if (files !== expected) throw new Error(`${files} files were hashed`);
}

async function compareImage(): Promise<void> {
  if (spawnSync('docker', ['version'], { stdio: 'ignore' }).status !== 0) {
    console.log('a Docker image of 1 GB: no engine answers here');
    return;
  }
  const name = `reproman-bench-${process.pid}:latest`;
  const tree = join(folder, 'image.tar');
  makeImage(tree);
  must(['docker', 'import', tree, name]);
  rmSync(tree);
  try {
    const saved = join(folder, 'saved.tar');
    await pipeline(savedStream(name), createWriteStream(saved));
    await compareReadings('a Docker image from the engine', `docker:${name}`, () => savedStream(name));
    await compareReadings('the same in a file', `docker-archive:${saved}`, () =>
      createReadStream(saved, { highWaterMark: 1 << 18 }),
    );
  } finally {
    must(['docker', 'rmi', name]);
  }
}

async function compareReadings(what: string, text: string, stream: () => Readable): Promise<void> {
  const [own, peer]: number[][] = [[], []];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    peer?.push(
      await timed(async () => {
        const hash = createHash('sha256');
        bytes = 0;
        for await (const chunk of stream()) {
          hash.update(chunk as Buffer);
          bytes += (chunk as Buffer).length;
        }
        hash.digest('hex');
      }),
    );
    forget();
    own?.push(
      await timed(async () => {
        await using source = await openSource({ name: 'image', text }, { hash: true });
        for await (const _ of source.batches());
      }),
    );
  }
  const [mine, theirs] = [median(own ?? []), median(peer ?? [])];
  console.log(
    `${what}, ${(bytes / megabyte).toFixed(0)} MB: ${mine.toFixed(2)} s; read and hashed ${theirs.toFixed(2)} s`,
  );
  report('  times reading and hashing its tar', mine / theirs, { most: 1.3 });
}

function savedStream(name: string): Readable {
  const { stdout } = spawn('docker', ['save', name], { stdio: ['ignore', 'pipe', 'inherit'] });
  return stdout;
}

function makeImage(file: string): void {
  const output = openSync(file, 'w');
  const add = (name: string, content: Buffer) => {
    const common = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 1_600_000_000 } as const;
    writeSync(output, tarHeader({ ...common, name, size: content.length }));
    writeSync(output, content);
    writeSync(output, tarPadding(content.length));
  };
  for (let at = 0; at < image.texts; at++)
    add(`srv/texts/${at % 200}/f${at}`, Buffer.from(textOf(at, image.textBytes)));
  for (let at = 0; at < image.blobs; at++) add(`srv/blobs/f${at}`, randomBytes(image.blobBytes));
  writeSync(output, tarEnd());
  closeSync(output);
}

function forget(): void {
  rmSync(join(folder, 'cache'), { recursive: true, force: true });
}

function must([program = '', ...args]: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
}
