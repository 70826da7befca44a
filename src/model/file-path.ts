declare const brand: unique symbol;

/**
 * A path as the kernel has it: bytes, held as a latin1 view (one UTF-16 unit per byte), so that names which are not
 * UTF-8 survive. Decode with {@link showPath} at the edges only. Absolute and `/`-separated unless said otherwise.
 */
export type FilePath = string & { readonly [brand]: 'FilePath' };

export const rootPath = '/' as FilePath;

export function pathFromBytes(bytes: Uint8Array): FilePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as FilePath;
}

/** The bytes of a path. */
export function pathToBytes(path: FilePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** A path as Node's file functions take it: text where that says the same, which costs less than bytes. */
export function nodePath(path: FilePath): string | Buffer {
  return isAscii(path) ? path : pathToBytes(path);
}

/** A path from ordinary text (argv, environment, a literal in code), encoded as UTF-8. */
export function pathFromText(text: string): FilePath {
  return isAscii(text) ? (text as FilePath) : pathFromBytes(Buffer.from(text, 'utf8'));
}

/**
 * A path as text for documents and people, reversible with {@link parsePath}: UTF-8 where it is valid, `\xNN` for a
 * byte that is not or that would act on a terminal or end a line, and `\\` for a backslash.
 */
export function showPath(path: FilePath): string {
  if (/^[ -[\]-~]*$/.test(path)) return path;
  const escaped = path.replaceAll('\\', '\\\\');
  const decoded = Buffer.from(escaped, 'latin1').toString('utf8');
  const isValid = !decoded.includes('\uFFFD') || Buffer.from(decoded, 'utf8').toString('latin1') === escaped;
  const text = isValid ? decoded : escapeInvalid(Buffer.from(escaped, 'latin1'));
  return text.replace(/\p{Cc}/gu, (control) => Array.from(Buffer.from(control, 'utf8'), escapeByte).join(''));
}

/** Reads what {@link showPath} wrote. */
export function parsePath(text: string): FilePath {
  if (!text.includes('\\')) return pathFromText(text);
  const parts = text.split(/(\\\\|\\x[0-9a-fA-F]{2})/);
  const bytes = parts.map((part) => {
    if (part === '\\\\') return '\\';
    if (/^\\x[0-9a-fA-F]{2}$/.test(part)) return String.fromCharCode(Number.parseInt(part.slice(2), 16));
    return Buffer.from(part, 'utf8').toString('latin1');
  });
  return bytes.join('') as FilePath;
}

/** `part` appended to `base`; an absolute `part` replaces it. Purely textual: `..` stays until a resolver sees it. */
export function joinPath(base: FilePath, part: FilePath | string): FilePath {
  if (part.startsWith('/')) return part as FilePath;
  if (part === '' || part === '.') return base;
  return (base.endsWith('/') ? base + part : `${base}/${part}`) as FilePath;
}

const dots = /\/\.\.?(?:\/|$)/;

/** Removes `.`, empty and `..` components textually; right only where no component before a `..` is a link. */
export function normalizePath(path: FilePath): FilePath {
  // A hidden name begins with a dot, too.
  const hasDots = path.includes('/.') && dots.test(path);
  if (!hasDots && !path.includes('//') && (path.length === 1 || !path.endsWith('/'))) return path;
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}` as FilePath;
}

export function parentPath(path: FilePath): FilePath {
  const slash = path.lastIndexOf('/');
  return (slash <= 0 ? '/' : path.slice(0, slash)) as FilePath;
}

export function baseName(path: FilePath): FilePath {
  return path.slice(path.lastIndexOf('/') + 1) as FilePath;
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: FilePath, directory: FilePath): boolean {
  if (directory === '/') return true;
  return path.startsWith(directory) && (path.length === directory.length || path[directory.length] === '/');
}

/** Folders that lie in no other of them, once each, in byte order. */
export function outermost(folders: readonly FilePath[]): FilePath[] {
  const all = new Set(folders);
  const isInner = (folder: FilePath): boolean => {
    for (let at = folder; at !== '/'; ) {
      at = parentPath(at);
      if (all.has(at)) return true;
    }
    return false;
  };
  return [...all].filter((folder) => !isInner(folder)).sort(comparePaths);
}

/** Byte order, the order of every list and digest in this project. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is asked for
  return /^[\x00-\x7f]*$/.test(text);
}

function escapeInvalid(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = validSequenceAt(bytes, at);
    text += length === 0 ? escapeByte(bytes[at] as number) : bytes.toString('utf8', at, at + length);
    at += length || 1;
  }
  return text;
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** The length of the valid UTF-8 sequence at `at`, or 0. */
function validSequenceAt(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const slice = bytes.subarray(at, at + length);
    if (Buffer.from(slice.toString('utf8'), 'utf8').equals(slice)) return length;
  }
  return 0;
}
