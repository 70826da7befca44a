import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ReproError } from '../errors.js';
import { type ExecProcess, findProgram, minimalEnvironment, spawnProcess } from '../exec.js';
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

/**
 * What a file may have xz hold in memory, as much as `xz -9` four times over. As a variable, since BusyBox's knows no option
 * for it, and takes no more than 64 MiB by itself.
 */
const environment = { ...minimalEnvironment, XZ_DEFAULTS: '--memlimit-decompress=256MiB' };

const aptHelper = '/usr/lib/apt/apt-helper';

/**
 * The magic numbers of the formats: LZ4 frames, RFC 1952, RFC 8878, xz-file-format 2.1.1.1, and bzip2, of which a name in
 * a tar may have the first letters: its first block's are asked for, too, or those of its end.
 */
const beginnings = {
  '.lz4': /^04224d18/,
  '.gz': /^1f8b/,
  '.zst': /^28b52ffd/,
  '.xz': /^fd377a585a00/,
  '.bz2': /^425a683[1-9](?:314159265359|177245385090)/,
} as const satisfies Partial<Record<Suffix, RegExp>>;

/** As many bytes as tell. */
const telling = 10;

/** How a local file is compressed, by its first bytes, or by those from some byte on. */
export async function compressionOf(file: string, start = 0): Promise<Suffix> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(telling), 0, telling, start);
    return compressionBy(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** The same by the bytes that a file begins with. */
export function compressionBy(beginning: Buffer): Suffix {
  const head = beginning.toString('hex', 0, telling);
  return suffixes.find((suffix) => suffix !== '' && beginnings[suffix].test(head)) ?? '';
}

/**
 * Decompresses a stream with one process at most, by what it is said to be compressed; `name` is for messages. For what
 * people give us is `decompressed`, which bounds what comes out.
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
    const child = spawnProcess([found, ...options], { environment });
    if (child.stdin) pipeline(content, child.stdin).catch((error: unknown) => child.stdout?.destroy(error as Error));
    yield* outputOf(child, name);
    return;
  }
  if (findProgram(aptHelper) === undefined) {
    throw new ReproError('not-ready', `${name} cannot be read: neither ${program} nor apt is here.`, {
      remedy: `Install the package that has it: ${program === 'xz' ? 'xz-utils, or xz' : program}.`,
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
