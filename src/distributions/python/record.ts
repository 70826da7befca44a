import { type FilePath, joinPath, normalizePath } from '../../model/file-path.js';

/** A line's name, and what stands beside it. */
type Fields = readonly [name: string, rest: string];

/** Where a listed file really lies; undefined of one that cannot be the package's. */
export type Place = (path: FilePath) => FilePath | undefined;

/** How lines are read: of most, no text is made. */
interface Format {
  readonly fieldsOf: (line: string) => Fields;
  /** The byte after a name that is not quoted. */
  readonly separator: number;
}

/** Lines that follow one another, from the start of the first to the end of the last. */
interface Run {
  readonly start: number;
  readonly end: number;
  /** So many bytes of every name say the folder; undefined where a name must be looked at by itself. */
  readonly prefix: number | undefined;
}

/**
 * Files of a package, each with what its list says beside its name: see {@link recordedSum}. Lists name together what
 * is in one folder, and in its folder of compiled code; such a run of lines is read when it is asked about, as most
 * never are.
 */
export class RecordedFiles {
  readonly #list: Buffer;
  readonly #format: Format;
  readonly #placeOf: (name: string) => FilePath | undefined;
  readonly #runs = new Map<FilePath, Run[]>();
  /** By folder: by the rest of a file's path what stands beside its name. */
  readonly #read = new Map<FilePath, ReadonlyMap<string, string>>();
  /** Folders of all but compiled code, which goes with its source, whoever lists it. */
  readonly folders = new Set<FilePath>();

  constructor(list: Buffer, format: Format, placeOf: (name: string) => FilePath | undefined) {
    this.#list = list;
    this.#format = format;
    this.#placeOf = placeOf;
    this.#divide();
  }

  *keys(): Generator<FilePath> {
    for (const folder of this.#runs.keys())
      for (const name of this.#filesIn(folder).keys()) yield joinPath(folder, name);
  }

  has(path: FilePath): boolean {
    return this.get(path) !== undefined;
  }

  get(path: FilePath): string | undefined {
    const folder = folderOf(path);
    return this.#filesIn(folder).get(nameIn(folder, path));
  }

  #divide(): void {
    const list = this.#list;
    for (let start = 0; start < list.length; ) {
      let end = endOfLine(list, start);
      const [name] = this.#format.fieldsOf(this.#textOf(start, end));
      const path = name === '' ? undefined : this.#placeOf(name);
      let hasOthers = !isCompiled(name);
      const prefix = prefixOfRun(name);
      while (prefix !== undefined) {
        const nameEnd = endOfNameIn(list, end + 1, { start, prefix }, this.#format.separator);
        if (nameEnd === undefined) break;
        hasOthers ||= !isCompiledAt(list, nameEnd);
        end = endOfLine(list, nameEnd);
      }
      if (path !== undefined) this.#addRun(folderOf(path), { start, end, prefix }, hasOthers);
      start = end + 1;
    }
  }

  #addRun(folder: FilePath, run: Run, hasOthers: boolean): void {
    const runs = this.#runs.get(folder);
    if (runs) runs.push(run);
    else this.#runs.set(folder, [run]);
    if (hasOthers) this.folders.add(folder);
  }

  #textOf(start: number, end: number): string {
    return this.#list.toString('latin1', start, this.#list[end - 1] === 0x0d ? end - 1 : end);
  }

  #filesIn(folder: FilePath): ReadonlyMap<string, string> {
    const known = this.#read.get(folder);
    if (known) return known;
    const files = new Map<string, string>();
    for (const { start, end, prefix } of this.#runs.get(folder) ?? []) {
      for (const line of linesOf(this.#textOf(start, end))) {
        const [name, rest] = this.#format.fieldsOf(line);
        if (name === '') continue;
        const path = prefix === undefined ? this.#placeOf(name) : undefined;
        files.set(path === undefined ? name.slice(prefix) : nameIn(folder, path), rest);
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
  return new RecordedFiles(content, csv, (name) => place(absolute(site, name)));
}

/** Reads `installed-files.txt` of an `.egg-info` folder: one path a line, relative to that folder. */
export function parseInstalledFiles(content: Buffer, info: FilePath, place: Place = itself): RecordedFiles {
  return new RecordedFiles(content, plainLines, (name) => place(absolute(info, name)));
}

/** One file, of which nothing more is recorded. */
export function onlyFile(path: FilePath): RecordedFiles {
  return new RecordedFiles(Buffer.from(path, 'latin1'), plainLines, () => path);
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

const cacheFolder = '__pycache__';

/**
 * How much of a name says the folder; undefined after a name that is quoted, says no file in its folder, or lies among
 * compiled code: there the next is looked at anew.
 */
function prefixOfRun(name: string): number | undefined {
  if (name.includes('"') || /(?:^|[/.])$/.test(name)) return undefined;
  const end = folderEnd(name);
  return name.endsWith(cacheFolder, end) ? undefined : end + 1;
}

/** The folder of a file, or of its source. */
function folderOf(path: FilePath): FilePath {
  return path.slice(0, Math.max(1, folderEnd(path))) as FilePath;
}

/** The rest of the path of what is in a folder. */
function nameIn(folder: FilePath, path: FilePath): string {
  return path.slice(folder === '/' ? 1 : folder.length + 1);
}

/** Where the slash is that ends it; -1 where there is none. */
function folderEnd(path: string): number {
  const slash = path.lastIndexOf('/');
  const above = isCompiled(path) ? path.lastIndexOf('/', slash - 1) : slash;
  return path.slice(above + 1, slash) === cacheFolder ? above : slash;
}

function itself(path: FilePath): FilePath {
  return path;
}

const newline = 0x0a;

function endOfLine(list: Buffer, start: number): number {
  const found = list.indexOf(newline, start);
  return found < 0 ? list.length : found;
}

/** Splitting at a text takes a fraction of the time that splitting at a pattern does. */
function linesOf(text: string): string[] {
  return text.includes('\r') ? text.split(/\r?\n/) : text.split('\n');
}

/** Where the name of the line that starts there ends, if that goes into the folder of this prefix. */
function endOfNameIn(
  list: Buffer,
  start: number,
  first: { readonly start: number; readonly prefix: number },
  separator: number,
): number | undefined {
  if (start >= list.length || list[start] === quote || !hasAt(list, start, list, first.start, first.prefix))
    return undefined;
  const nameStart = start + first.prefix;
  let isCached = false;
  for (let at = nameStart; ; at++) {
    const byte = list[at];
    if (byte === separator || byte === newline || byte === undefined)
      return !isCached || isCompiledAt(list, at) ? at : undefined;
    if (byte !== slash) continue;
    isCached = !isCached && at - nameStart === cache.length && hasAt(list, nameStart, cache, 0, cache.length);
    if (!isCached) return undefined;
  }
}

const slash = 0x2f;
const cache = Buffer.from(cacheFolder);
const compiled = Buffer.from('.pyc');

function isCompiledAt(list: Buffer, nameEnd: number): boolean {
  const end = list[nameEnd - 1] === 0x0d ? nameEnd - 1 : nameEnd;
  return hasAt(list, end - compiled.length, compiled, 0, compiled.length);
}

/** Whether the same bytes are at both places: of so few, a loop tells faster than a call out of the program. */
function hasAt(list: Buffer, at: number, other: Buffer, otherAt: number, length: number): boolean {
  for (let offset = length - 1; offset >= 0; offset--) if (list[at + offset] !== other[otherAt + offset]) return false;
  return true;
}

function absolute(folder: FilePath, name: string): FilePath {
  // The folder's own name is as it should be, and so are most names in it.
  const isPlain = !/^[./]|\/(?:[./]|$)/.test(name);
  return isPlain ? (`${folder}/${name}` as FilePath) : normalizePath(joinPath(folder, name));
}

const quote = 0x22;

/** A path with commas or quotes in it is quoted, its quotes doubled. */
const csv: Format = {
  separator: 0x2c,
  fieldsOf(line) {
    if (line.startsWith('"')) {
      const [all = '', name = ''] = /^"((?:[^"]|"")*)",?/.exec(line) ?? [];
      return [name.replaceAll('""', '"'), line.slice(all.length)];
    }
    const comma = line.indexOf(',');
    return comma < 0 ? [line, ''] : [line.slice(0, comma), line.slice(comma + 1)];
  },
};

const plainLines: Format = { separator: newline, fieldsOf: (line) => [line, ''] };
