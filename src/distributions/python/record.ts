import { type FilePath, joinPath, normalizePath } from '../../model/file-path.js';

/** Files of a package, each with what its list says beside its name, if anything: see {@link recordedSum}. */
export type RecordedFiles = ReadonlyMap<FilePath, string | undefined>;

/**
 * Reads RECORD: `path,sha256=...,size` in CSV, paths relative to the folder that it is installed in, or absolute.
 * https://packaging.python.org/specifications/recording-installed-packages/#the-record-file
 */
export function parseRecord(content: Buffer, site: FilePath): RecordedFiles {
  const files = new Map<FilePath, string | undefined>();
  for (const line of linesOf(content)) {
    const [path, rest] = line.startsWith('"') ? quoted(line) : plain(line);
    if (path !== '') files.set(place(site, path), rest);
  }
  return files;
}

/** Whether RECORD ends as each of its lines does: with a size, or with nothing after the commas. */
export function isWhole(content: Buffer): boolean {
  return /,[^,]*,\d*\r?\n?$/.test(content.toString('latin1', Math.max(0, content.length - 256)));
}

/** The SHA-256 that a list has of a file. Few are asked for: most files of a package are never looked at. */
export function recordedSum(rest: string | undefined): string | undefined {
  const value = /^sha256=([\w-]+)=*(?:,|$)/.exec(rest ?? '')?.[1];
  const sum = value && Buffer.from(value, 'base64url').toString('hex');
  return sum?.length === 64 ? sum : undefined;
}

/** Reads `installed-files.txt` of an `.egg-info` folder: one path a line, relative to that folder. */
export function parseInstalledFiles(content: Buffer, info: FilePath): RecordedFiles {
  const lines = linesOf(content).filter((line) => line !== '');
  return new Map(lines.map((line) => [place(info, line), undefined]));
}

function linesOf(content: Buffer): string[] {
  const text = content.toString('latin1');
  return (text.includes('\r') ? text.replaceAll('\r\n', '\n') : text).split('\n');
}

function place(folder: FilePath, path: string): FilePath {
  // The folder's own name is as it should be, and so are most names in it.
  const isPlain = !/^[./]|\/(?:[./]|$)/.test(path);
  return isPlain ? (`${folder}/${path}` as FilePath) : normalizePath(joinPath(folder, path));
}

function plain(line: string): readonly [path: string, rest: string] {
  const comma = line.indexOf(',');
  return comma < 0 ? [line, ''] : [line.slice(0, comma), line.slice(comma + 1)];
}

/** A path with commas or quotes in it is quoted, its quotes doubled. */
function quoted(line: string): readonly [path: string, rest: string] {
  const [all = '', path = ''] = /^"((?:[^"]|"")*)",?/.exec(line) ?? [];
  return [path.replaceAll('""', '"'), line.slice(all.length)];
}
