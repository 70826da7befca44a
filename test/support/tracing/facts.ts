import { posix } from 'node:path';

/**
 * The unit in which two traces are compared: one path and how it was used, as text: `read /etc/passwd`,
 * `stat ENOENT /etc/x`, `link a -> b`. Bytes as latin1.
 */
export class Facts {
  readonly all = new Set<string>();
  /** Processes and threads of the run. */
  readonly pids = new Set<number>();

  add(way: string, path: string, errno?: string): void {
    this.all.add(`${errno === undefined ? way : `${way} ${errno}`} ${path}`);
  }

  /** How an open with these letters of the log format shows. */
  opened(path: string, flags: string, real: string | undefined): void {
    const has = (letter: string) => flags.includes(letter);
    if (has('m')) {
      this.add('nameless', path);
      return;
    }
    if (has('p')) this.add('hold', path);
    else if (has('d')) this.add('list', path);
    else if (has('r')) this.add('read', path);
    if (has('w')) this.add('write', path);
    if (has('c') && has('x')) this.add('create', path);
    if (has('t')) this.add('empty', path);
    // Of /proc/self it is plain where it leads.
    const isSelf = real !== undefined && /^\/proc\/(?:thread-)?self\//.test(path) && /^\/proc\/\d+\//.test(real);
    if (real?.startsWith('/') && real !== path && !isSelf) this.add('lead', `${path} -> ${real}`);
  }
}

/**
 * An absolute path without `.`, `..`, or doubled and trailing slashes; links are not followed. A name relative to a
 * descriptor that is none is below `?`.
 */
export function lexical(base: string, path: string): string {
  if (!base.startsWith('/') && !path.startsWith('/')) return `?/${path}`;
  const joined = path === '' ? base : posix.resolve(base, path);
  return joined.startsWith('//') ? joined.slice(1) : joined;
}
