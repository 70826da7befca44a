import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ReproError } from '../errors.js';
import { type ExecProcess, findProgram, spawnProcess } from '../exec.js';
import { scratchFolder } from '../scratch.js';

/** What compressed files are named with, the cheapest to read first. */
export const suffixes = ['', '.lz4', '.gz', '.zst', '.xz', '.bz2'] as const;

export type Suffix = (typeof suffixes)[number];

const tools = {
  '.lz4': ['lz4', '-dc', '-'],
  '.zst': ['zstd', '-dcq', '-'],
  '.xz': ['xz', '-dc', '-'],
  '.bz2': ['bzip2', '-dc', '-'],
} as const satisfies Partial<Record<Suffix, readonly string[]>>;

const aptHelper = '/usr/lib/apt/apt-helper';

/** The magic numbers of the formats: RFC 8878, xz-file-format 2.1.1.1, RFC 1952, bzip2, and LZ4 frames. */
const beginnings = {
  '.lz4': '04224d18',
  '.gz': '1f8b',
  '.zst': '28b52ffd',
  '.xz': 'fd377a585a00',
  '.bz2': '425a68',
} as const satisfies Partial<Record<Suffix, string>>;

/** How a local file is compressed, by its first bytes. */
export async function compressionOf(file: string): Promise<Suffix> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return compressionBy(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** The same by the bytes that a file begins with. */
export function compressionBy(beginning: Buffer): Suffix {
  const head = beginning.toString('hex', 0, 8);
  return suffixes.find((suffix) => suffix !== '' && head.startsWith(beginnings[suffix])) ?? '';
}

/**
 * Decompresses a stream with one process at most, whatever it is compressed by; `name` is for messages. For what people give
 * us, of gzip and zstd alone, `decompressed` in filesystem/ needs no program, and can bound what comes out.
 */
export async function* decompress(content: Readable, suffix: Suffix, name: string): AsyncGenerator<Buffer> {
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
    throw new ReproError('not-ready', `${name} cannot be read: neither ${program} nor apt is here.`, {
      remedy: `Install ${program === 'xz' ? 'xz-utils' : program}.`,
    });
  }
  await using scratch = await scratchFolder('compressed');
  const copy = join(scratch.path, `file${suffix}`);
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
  if (code !== 0) throw new Error(`${name} cannot be decompressed (exit code ${code}): ${complaint.trim()}`);
}
