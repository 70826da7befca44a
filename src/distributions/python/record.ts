import { type FilePath, joinPath, normalizePath } from '../../model/file-path.js';

/** Files of a package, each with the SHA-256 that was recorded of it, if any. */
export type RecordedFiles = ReadonlyMap<FilePath, string | undefined>;

/**
 * Reads RECORD: `path,sha256=...,size` in CSV, paths relative to the folder that it is installed in, or absolute.
 * https://packaging.python.org/specifications/recording-installed-packages/#the-record-file
 */
export function parseRecord(content: Buffer, site: FilePath): RecordedFiles {
  const files = new Map<FilePath, string | undefined>();
  for (const line of content.toString('latin1').split(/\r?\n/)) {
    const [path = '', hash = ''] = fieldsOf(line);
    if (path === '') continue;
    const [, value] = /^sha256=([\w-]+)=*$/.exec(hash) ?? [];
    const sum = value && Buffer.from(value, 'base64url').toString('hex');
    files.set(place(site, path), sum?.length === 64 ? sum : undefined);
  }
  return files;
}

/** Reads `installed-files.txt` of an `.egg-info` folder: one path a line, relative to that folder. */
export function parseInstalledFiles(content: Buffer, info: FilePath): RecordedFiles {
  const lines = content.toString('latin1').split(/\r?\n/);
  return new Map(lines.filter((line) => line !== '').map((line) => [place(info, line), undefined]));
}

function place(folder: FilePath, path: string): FilePath {
  return normalizePath(joinPath(folder, path));
}

/** A field with commas or quotes in it is quoted, its quotes doubled. */
function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  for (const [, quoted, plain = ''] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return fields;
}
