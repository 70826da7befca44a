import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { type FilePath, pathToBytes } from '../model/file-path.js';
import type { ContentsOptions, FileContent } from './machine.js';
import { outputOf, pathList, pathOf, type ShellTools } from './shell-find.js';
import { streamFrom } from './tar-command.js';

/** A regular file of a size, under a path that leads through no links. */
export interface SizedFile {
  readonly path: FilePath;
  readonly size: number;
}

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

/** GNU names, which are bytes, and no pax ones, which need be UTF-8. */
async function* wholeFiles(
  tools: ShellTools,
  files: readonly SizedFile[],
  signal: AbortSignal | undefined,
): AsyncGenerator<FileContent> {
  if (files.length === 0) return;
  const entries = extract({ filenameEncoding: 'latin1' } as Parameters<typeof extract>[0]);
  const written = pipeline(tarOf(tools, files), entries, signal === undefined ? {} : { signal });
  written.catch(() => undefined);
  for await (const entry of entries) {
    const chunks = entry[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    // An iterator that cannot be ended early: tar-stream would take that for the end of the whole archive.
    const content = { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) };
    yield { path: pathOf(tools, entry.header.name), content };
    while ((await chunks.next()).done !== true);
  }
  await written;
}

function tarOf(tools: ShellTools, files: readonly SizedFile[]): Readable {
  const argv = ['tar', '--create', '--file=-', '--format=gnu', '--absolute-names', '--hard-dereference'];
  const flags = ['--no-recursion', '--ignore-failed-read', '--null', '--verbatim-files-from', '--files-from=-'];
  const list = pathList(
    tools,
    files.map(({ path }) => path),
  );
  return streamFrom(() => tools.spawn([...argv, ...flags]), list, `Reading from ${tools.label}`);
}

/** head(1) names each file before its beginning; the sizes, which are known, say where each beginning ends. */
async function* beginnings(
  tools: ShellTools,
  files: readonly SizedFile[],
  length: number,
  missed: SizedFile[],
  signal: AbortSignal | undefined,
): AsyncGenerator<FileContent> {
  const argv = ['xargs', '--null', '--no-run-if-empty', 'head', '-v', '-c', String(length), '--'];
  const paths = files.map(({ path }) => path);
  const output = outputOf(tools, argv, paths, signal);
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
