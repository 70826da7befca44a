import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { type FilePath, pathToBytes } from '../../model/file-path.js';
import type { SizedFile } from '../file-source.js';
import type { ContentsOptions, FileContent } from '../machine.js';
import { namesOf, outputOf, placeOf, recordsOf, type ShellTools } from './tools.js';

/** Contents of files in as few processes as their number allows: one `tar`, or `head` where beginnings are asked for. */
export async function* readContents(
  tools: ShellTools,
  files: readonly SizedFile[],
  { length, signal }: ContentsOptions = {},
): AsyncGenerator<FileContent> {
  if (length === undefined) {
    yield* wholeFiles(tools, files, signal);
    return;
  }
  const missed: SizedFile[] = [];
  yield* beginnings(tools, files, length, missed, signal);
  // Changed since their sizes were asked, or unreadable: then tar leaves them out.
  for await (const { path, content } of wholeFiles(tools, missed, signal))
    yield { path, content: upTo(length, content) };
}

/** SHA-256 of regular files by place. */
export async function hashFiles(
  tools: ShellTools,
  files: readonly SizedFile[],
  signal?: AbortSignal,
): Promise<Map<FilePath, string>> {
  const hashes = new Map<FilePath, string>();
  if (files.length > 0 && (await tools.isGnu())) {
    const names = namesOf(
      tools,
      files.map(({ path }) => path),
    );
    const output = outputOf(tools, ['sha256sum', '--binary', '--zero', '--'], names, signal);
    for await (const [line = ''] of recordsOf(output, 1)) hashes.set(placeOf(tools, line.slice(66)), line.slice(0, 64));
    return hashes;
  }
  // Others end a name with a newline, as a name may go on.
  for await (const { path, content } of wholeFiles(tools, files, signal)) {
    const hash = createHash('sha256');
    for await (const piece of content) hash.update(piece);
    hashes.set(path, hash.digest('hex'));
  }
  return hashes;
}

/** GNU names, which are bytes, and no pax ones, which need be UTF-8. */
const gnuTar = 'tar --create --file=- --format=gnu --absolute-names --hard-dereference --no-recursion'.split(' ');
const otherTar = ['tar', '-c', '-f', '-'];

async function* wholeFiles(
  tools: ShellTools,
  files: readonly SizedFile[],
  signal: AbortSignal | undefined,
): AsyncGenerator<FileContent> {
  if (files.length === 0) return;
  const names = namesOf(
    tools,
    files.map(({ path }) => path),
  );
  const tar = (await tools.isGnu()) ? [...gnuTar, '--ignore-failed-read'] : otherTar;
  /** What a tar without GNU's `--hard-dereference` has packed under another name already. */
  const again: FilePath[] = [];
  yield* unpacked(tools, [...tar, '--'], names, again, signal);
  // A process for each of these is what makes it forget the other names.
  yield* unpacked(tools, ['-n', '1', ...tar, '--'], namesOf(tools, again), [], signal);
}

/** The members of one tar or of several behind one another. */
async function* unpacked(
  tools: ShellTools,
  tool: readonly string[],
  names: readonly string[],
  again: FilePath[],
  signal: AbortSignal | undefined,
): AsyncGenerator<FileContent> {
  const entries = extract({ filenameEncoding: 'latin1' } as Parameters<typeof extract>[0]);
  const output = Readable.from(outputOf(tools, tool, names, signal), { objectMode: false });
  const written = pipeline(output, entries, signal === undefined ? {} : { signal });
  // What goes wrong ends the entries, too, and is thrown to who reads.
  written.catch(() => undefined);
  for await (const entry of entries) {
    const chunks = entry[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const path = placeOf(tools, entry.header.name);
    // An iterator that cannot be ended early: tar-stream would take that for the end of the whole archive.
    const content = { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) };
    if (entry.header.type === 'link') again.push(path);
    else yield { path, content };
    while ((await chunks.next()).done !== true);
  }
  await written;
}

/** head(1) names each file before its beginning; the sizes, which are known, say where each beginning ends. */
async function* beginnings(
  tools: ShellTools,
  files: readonly SizedFile[],
  length: number,
  missed: SizedFile[],
  signal: AbortSignal | undefined,
): AsyncGenerator<FileContent> {
  const names = namesOf(
    tools,
    files.map(({ path }) => path),
  );
  const output = outputOf(tools, ['head', '-v', '-c', String(length), '--'], names, signal);
  let held: Buffer = Buffer.alloc(0);
  const fill = async (size: number): Promise<boolean> => {
    const parts = [held];
    for (let got = held.length; got < size; ) {
      const next = await output.next();
      if (next.done) break;
      parts.push(next.value);
      got += next.value.length;
    }
    held = parts.length === 1 ? held : Buffer.concat(parts);
    return held.length >= size;
  };
  for (const file of files) {
    const name = pathToBytes(`==> ${tools.prefix}${file.path} <==\n` as FilePath);
    await fill(name.length + 1);
    // All but the first of a process are preceded by a newline.
    const start = name.length + (held[0] === 0x0a ? 1 : 0);
    const end = start + Math.min(file.size, length);
    if (!held.subarray(start - name.length, start).equals(name) || !(await fill(end))) {
      missed.push(file);
      continue;
    }
    const content = Buffer.from(held.subarray(start, end));
    held = held.subarray(end);
    yield { path: file.path, content: upTo(length, [content]) };
  }
  while ((await output.next()).done !== true);
}

async function* upTo(length: number, content: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let left = length;
  for await (const chunk of content) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
  }
}
