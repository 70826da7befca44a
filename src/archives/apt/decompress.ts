import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ReproError } from '../../errors.js';
import { type ExecProcess, findProgram, spawnProcess } from '../../exec.js';
import { scratchFolder } from '../../scratch.js';

/** The suffixes under which apt keeps an index, the cheapest to read first. */
export const indexSuffixes = ['', '.lz4', '.gz', '.zst', '.xz', '.bz2'] as const;

export type IndexSuffix = (typeof indexSuffixes)[number];

const tools = {
  '.lz4': ['lz4', '-dc', '-'],
  '.zst': ['zstd', '-dcq', '-'],
  '.xz': ['xz', '-dc', '-'],
  '.bz2': ['bzip2', '-dc', '-'],
} as const satisfies Partial<Record<IndexSuffix, readonly string[]>>;

const aptHelper = '/usr/lib/apt/apt-helper';

/** Decompresses an index with one process at most; `name` is for messages. */
export async function* decompress(content: Readable, suffix: IndexSuffix, name: string): AsyncGenerator<Buffer> {
  if (suffix === '') {
    yield* content;
  } else if (suffix === '.gz') {
    const gunzip = createGunzip({ chunkSize: 1 << 18 });
    content.once('error', (error) => gunzip.destroy(error));
    yield* content.pipe(gunzip);
  } else {
    yield* throughTool(content, suffix, name);
  }
}

async function* throughTool(content: Readable, suffix: keyof typeof tools, name: string): AsyncGenerator<Buffer> {
  const [program, ...options] = tools[suffix];
  const found = findProgram(program);
  if (found !== undefined) {
    const child = spawnProcess([found, ...options]);
    if (child.stdin) pipeline(content, child.stdin).catch((error: unknown) => child.stdout?.destroy(error as Error));
    yield* outputOf(child, name);
    return;
  }
  if (findProgram(aptHelper) === undefined) {
    throw new ReproError('not-ready', `The index ${name} cannot be read: neither ${program} nor apt is here.`, {
      remedy: `Install ${program === 'xz' ? 'xz-utils' : program}.`,
    });
  }
  await using scratch = await scratchFolder('index');
  const copy = join(scratch.path, `index${suffix}`);
  await pipeline(content, createWriteStream(copy));
  yield* outputOf(spawnProcess([aptHelper, 'cat-file', copy], { stdin: 'ignore' }), name);
}

async function* outputOf(child: ExecProcess, name: string): AsyncGenerator<Buffer> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-500);
  });
  let finished = false;
  try {
    if (child.stdout) yield* child.stdout;
    finished = true;
  } finally {
    if (!finished) child.kill('SIGTERM');
  }
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`the index ${name} cannot be decompressed (exit code ${code}): ${complaint.trim()}`);
}
