import { type FilePath, joinPath, normalizePath, parentPath } from '../../model/file-path.js';

/** A line's name, and what stands beside it. */
type Fields = readonly [name: string, rest: string];

/** Where a listed file really lies; undefined of one that cannot be the package's. */
export type Place = (path: FilePath) => FilePath | undefined;

/**
 * Files of a package, each with what its list says beside its name: see {@link recordedSum}. Lists name together what
 * is in one folder; such a run of lines is read when its folder is asked about, as most never are.
 */
export class RecordedFiles {
  readonly #fieldsOf: (line: string) => Fields;
  readonly #placeOf: (name: string) => FilePath | undefined;
  readonly #runs = new Map<FilePath, string[]>();
  readonly #read = new Map<FilePath, ReadonlyMap<FilePath, string>>();
  /** Folders of all but compiled code, which goes with its source, whoever lists it. */
  readonly folders = new Set<FilePath>();

  constructor(content: Buffer, fieldsOf: (line: string) => Fields, placeOf: (name: string) => FilePath | undefined) {
    this.#fieldsOf = fieldsOf;
    this.#placeOf = placeOf;
    this.#divide(content.toString('latin1'));
  }

  *keys(): Generator<FilePath> {
    for (const folder of this.#runs.keys()) yield* this.#filesIn(folder).keys();
  }

  has(path: FilePath): boolean {
    return this.#filesIn(parentPath(path)).has(path);
  }

  get(path: FilePath): string | undefined {
    return this.#filesIn(parentPath(path)).get(path);
  }

  #divide(text: string): void {
    for (let start = 0; start < text.length; ) {
      let end = endOfLine(text, start);
      const name = this.#nameIn(text.slice(start, end));
      const path = name === '' ? undefined : this.#placeOf(name);
      let hasOthers = !isCompiled(name);
      // After a name that is quoted, or says no file in its folder, the next is looked at anew.
      if (/^[^"]*[^"/.]$/.test(name)) {
        const prefix = name.slice(0, name.lastIndexOf('/') + 1);
        for (let next = end + 1; isIn(text, next, prefix); next = end + 1) {
          end = endOfLine(text, next);
          hasOthers ||= !isCompiled(this.#nameIn(text.slice(next, end)));
        }
      }
      if (path !== undefined) this.#addRun(parentPath(path), text.slice(start, end), hasOthers);
      start = end + 1;
    }
  }

  #nameIn(line: string): string {
    return this.#fieldsOf(line.endsWith('\r') ? line.slice(0, -1) : line)[0];
  }

  #addRun(folder: FilePath, lines: string, hasOthers: boolean): void {
    const runs = this.#runs.get(folder);
    if (runs) runs.push(lines);
    else this.#runs.set(folder, [lines]);
    if (hasOthers) this.folders.add(folder);
  }

  #filesIn(folder: FilePath): ReadonlyMap<FilePath, string> {
    const known = this.#read.get(folder);
    if (known) return known;
    const files = new Map<FilePath, string>();
    for (const run of this.#runs.get(folder) ?? []) {
      for (const line of run.split(/\r?\n/)) {
        const [name, rest] = this.#fieldsOf(line);
        const path = name === '' ? undefined : this.#placeOf(name);
        if (path !== undefined) files.set(path, rest);
      }
    }
    this.#read.set(folder, files);
    return files;
  }
}

/**
 * Reads RECORD: `path,sha256=...,size` in CSV, paths relative to the folder that it is installed in, or absolute.
 * https://packaging.python.org/specifications/recording-installed-packages/#the-record-file
 */
export function parseRecord(content: Buffer, site: FilePath, place: Place = itself): RecordedFiles {
  return new RecordedFiles(content, csvFields, (name) => place(absolute(site, name)));
}

/** Reads `installed-files.txt` of an `.egg-info` folder: one path a line, relative to that folder. */
export function parseInstalledFiles(content: Buffer, info: FilePath, place: Place = itself): RecordedFiles {
  return new RecordedFiles(content, wholeLine, (name) => place(absolute(info, name)));
}

/** One file, of which nothing more is recorded. */
export function onlyFile(path: FilePath): RecordedFiles {
  return new RecordedFiles(Buffer.from(path, 'latin1'), wholeLine, () => path);
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

/** Code goes with its source, whoever lists it. */
export function isCompiled(path: string): boolean {
  return path.endsWith('.pyc');
}

function itself(path: FilePath): FilePath {
  return path;
}

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** Whether the line that starts there names something right in the folder of that name. */
function isIn(text: string, start: number, prefix: string): boolean {
  if (start >= text.length || !text.startsWith(prefix, start)) return false;
  const slash = text.indexOf('/', start + prefix.length);
  return slash < 0 || slash > endOfLine(text, start);
}

function absolute(folder: FilePath, name: string): FilePath {
  // The folder's own name is as it should be, and so are most names in it.
  const isPlain = !/^[./]|\/(?:[./]|$)/.test(name);
  return isPlain ? (`${folder}/${name}` as FilePath) : normalizePath(joinPath(folder, name));
}

/** A path with commas or quotes in it is quoted, its quotes doubled. */
function csvFields(line: string): Fields {
  if (line.startsWith('"')) {
    const [all = '', name = ''] = /^"((?:[^"]|"")*)",?/.exec(line) ?? [];
    return [name.replaceAll('""', '"'), line.slice(all.length)];
  }
  const comma = line.indexOf(',');
  return comma < 0 ? [line, ''] : [line.slice(0, comma), line.slice(comma + 1)];
}

function wholeLine(line: string): Fields {
  return [line, ''];
}
