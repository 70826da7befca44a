import { realpathSync } from 'node:fs';
import { Facts, lexical } from './facts.js';
import { hexText, joinStraceLog, type StraceCall } from './strace-calls.js';

/** What strace is asked to show. */
export const straceCalls =
  '%file,%process,fchdir,connect,sendto,sendmsg,sendmmsg,bind,ftruncate,fchmod,fchown,fsetxattr,fremovexattr,utimensat,renameat2';

/** Everything that a strace log says about paths, connections and the ends of processes. */
export function straceFacts(log: string, cwd: string): Facts {
  return new Reader(cwd).read(log);
}

interface Asked {
  readonly path: string;
  /** As the call gives it. */
  readonly text: string;
}

class Reader {
  private readonly facts = new Facts();
  private readonly folders: Followed<string>;
  private readonly roots = new Followed('');
  private readonly programs = new Followed('');
  private readonly threads = new Set<number>();
  private readonly ends: (readonly [number, string])[] = [];

  constructor(cwd: string) {
    this.folders = new Followed(cwd);
  }

  read(log: string): Facts {
    for (const line of joinStraceLog(log)) {
      this.facts.pids.add(line.pid);
      if (line.kind === 'call') this.call(line);
      else if (line.kind === 'cloning') this.cloning(line.pid);
      else this.ends.push([line.pid, `${line.status} ${this.programs.get(line.pid)}`]);
    }
    for (const [pid, end] of this.ends) if (!this.threads.has(pid)) this.facts.add('end', end);
    return this.facts;
  }

  private call(call: StraceCall): void {
    const { pid, name, args, result } = call;
    if (/^(?:clone3?|v?fork)$/.test(name)) this.clone(pid, args.join(), Number.parseInt(result, 10));
    if (result.startsWith('?')) return;
    const errno = /^-1 (E[A-Z0-9]+)/.exec(result)?.[1];
    const asked = pathArguments[name]?.map((at) => this.path(pid, args, at));
    if (name === 'connect' || name === 'bind') this.address(name, args[1] ?? '', errno);
    if (name === 'sendto') this.address('connect', args[4] ?? '', errno);
    if (name === 'sendmsg' || name === 'sendmmsg') {
      for (const [to] of args.join().matchAll(/msg_name=\{[^}]*\}/g)) this.address('connect', to, errno);
    }
    // A pointer that leads nowhere names nothing.
    if (asked === undefined || asked.some((each) => each === undefined)) return;
    const [first, second] = asked as Asked[];
    if (first) this.one(call, first, second, errno);
  }

  private one({ pid, name, args, result }: StraceCall, first: Asked, second: Asked | undefined, errno?: string): void {
    const all = args.join();
    const way = ways[name] ?? name;
    if (way === 'open') {
      if (errno !== undefined) this.facts.add('open', first.path, errno);
      else this.facts.opened(first.path, openLetters(name, all), hexText(result));
    } else if (way === 'stat') {
      // A look at an open file says nothing new.
      if (first.text === '' && errno === undefined) return;
      const isLink = /^l(?!istxattr)/.test(name) || all.includes('AT_SYMLINK_NOFOLLOW');
      // Without such an attribute the file is there all the same.
      const isThere = name.endsWith('xattr') && /^(?:ENODATA|EOPNOTSUPP|ERANGE)$/.test(errno ?? '');
      this.facts.add(isLink ? 'lstat' : 'stat', first.path, isThere ? undefined : errno);
    } else if (way === 'readlink') {
      if (errno !== undefined) this.facts.add(way, first.path, errno);
      else this.facts.add(way, `${first.path} -> ${hexText(args[name === 'readlink' ? 1 : 2])}`);
    } else if (way === 'symlink') {
      const target = hexText(args[0]);
      if (target !== undefined) this.facts.add(way, `${first.path} -> ${target}`, errno);
    } else if (second) {
      this.facts.add(way, `${first.path} -> ${second.path}`, errno);
    } else if (way === 'exec') {
      this.facts.add(way, first.path, errno);
      if (errno === undefined) this.programs.set(pid, first.path);
    } else {
      this.facts.add(all.includes('AT_REMOVEDIR') ? 'rmdir' : way, first.path, errno);
      if (errno === undefined) this.went(pid, way, first);
    }
  }

  private cloning(pid: number): void {
    this.folders.mayHaveChildOf(pid);
    this.roots.mayHaveChildOf(pid);
    this.programs.mayHaveChildOf(pid);
  }

  /** Descriptors are shown by their names outside of a changed root, so the working folder is kept as that. */
  private went(pid: number, way: string, { path, text }: Asked): void {
    const outside = text.startsWith('/') ? this.roots.get(pid) + path : path;
    if (way === 'chdir') this.folders.set(pid, realpath(outside));
    if (way === 'chroot') this.roots.set(pid, realpath(outside));
  }

  private clone(pid: number, flags: string, child: number): void {
    if (!(child > 0)) return;
    const isThread = flags.includes('CLONE_THREAD');
    if (isThread) this.threads.add(child);
    this.folders.child(pid, child, isThread || flags.includes('CLONE_FS'));
    this.roots.child(pid, child, isThread || flags.includes('CLONE_FS'));
    this.programs.child(pid, child, isThread);
  }

  private path(pid: number, args: readonly string[], at: number): Asked | undefined {
    const text = hexText(args[at]);
    const descriptor = /^(?:AT_FDCWD|\d+)</.test(args[at - 1] ?? '') ? hexText(args[at - 1]) : undefined;
    if (args[at - 1]?.startsWith('AT_FDCWD<') && descriptor !== undefined) this.folders.set(pid, descriptor);
    if (text === undefined) {
      const isOfDescriptor = args[at] === 'NULL' && /^\d+<\\x2f/.test(args[at - 1] ?? '');
      return isOfDescriptor && descriptor !== undefined ? { path: descriptor, text: '' } : undefined;
    }
    // A descriptor of the call itself, as in fchmod.
    if (/^\d+</.test(args[at] ?? '')) return text.startsWith('/') ? { path: text, text: '' } : undefined;
    const isNone = /^-?\d+$/.test(args[at - 1] ?? '');
    const base = descriptor ?? (isNone ? '' : this.folders.get(pid));
    if (text === '' && !base.startsWith('/')) return undefined;
    return { path: lexical(base, text), text };
  }

  private address(way: string, text: string, errno: string | undefined): void {
    const port = /port=htons\((\d+)\)/.exec(text)?.[1];
    const at = /"((?:\\x[0-9a-f]{2})+)"/.exec(text)?.[0];
    const name = hexText(at) ?? '';
    if (text.includes('AF_UNIX')) this.facts.add(way, `unix ${text.includes('@"') ? '@' : ''}${name}`, errno);
    else if (text.includes('AF_INET6')) this.facts.add(way, `inet6 [${name}]:${port}`, errno);
    else if (text.includes('AF_INET')) this.facts.add(way, `inet ${name}:${port}`, errno);
  }
}

/** A value that every process has, and a child takes over: a copy, or the same one from then on. */
class Followed<Value> {
  private readonly cells = new Map<number, { value: Value }>();
  private cloning: number | undefined;

  constructor(private readonly first: Value) {}

  get(pid: number): Value {
    return this.cell(pid).value;
  }

  set(pid: number, value: Value): void {
    this.cell(pid).value = value;
  }

  mayHaveChildOf(pid: number): void {
    this.cell(pid); // it may be such a child itself
    this.cloning = pid;
  }

  child(parent: number, child: number, isShared: boolean): void {
    if (isShared) this.cells.set(child, this.cell(parent));
    else if (!this.cells.has(child)) this.cells.set(child, { value: this.get(parent) });
  }

  private cell(pid: number): { value: Value } {
    let cell = this.cells.get(pid);
    if (!cell) {
      const parent = this.cloning === undefined || this.cloning === pid ? undefined : this.cells.get(this.cloning);
      cell = { value: parent?.value ?? this.first };
      this.cells.set(pid, cell);
    }
    return cell;
  }
}

/** Which arguments are paths. */
const pathArguments: Readonly<Record<string, readonly number[]>> = {
  ...each([0], 'open creat execve stat lstat access readlink chdir fchdir chroot mkdir rmdir unlink truncate chmod'),
  ...each([0], 'chown lchown utime utimes setxattr lsetxattr removexattr lremovexattr mknod'),
  ...each([0], 'ftruncate fchmod fchown fsetxattr fremovexattr'),
  ...each([1], 'openat openat2 execveat newfstatat statx faccessat faccessat2 readlinkat mkdirat unlinkat mknodat'),
  ...each([1], 'fchmodat fchmodat2 fchownat futimesat utimensat symlink'),
  symlinkat: [2],
  ...each([0], 'stat64 lstat64 statfs getxattr lgetxattr listxattr llistxattr'),
  inotify_add_watch: [1],
  ...each([0, 1], 'rename link'),
  ...each([1, 3], 'renameat renameat2 linkat'),
};

const ways: Readonly<Record<string, string>> = {
  ...named('open', 'open openat openat2 creat'),
  ...named('exec', 'execve execveat'),
  ...named('stat', 'stat lstat newfstatat statx stat64 lstat64 statfs'),
  ...named('stat', 'getxattr lgetxattr listxattr llistxattr inotify_add_watch'),
  ...named('access', 'faccessat faccessat2'),
  readlinkat: 'readlink',
  fchdir: 'chdir',
  mkdirat: 'mkdir',
  unlinkat: 'unlink',
  mknodat: 'mknod',
  symlinkat: 'symlink',
  ...named('rename', 'renameat renameat2'),
  linkat: 'link',
  ftruncate: 'truncate',
  ...named('mode', 'chmod fchmod fchmodat fchmodat2'),
  ...named('owner', 'chown lchown fchown fchownat'),
  ...named('times', 'utime utimes futimesat utimensat'),
  ...named('xattr', 'setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr'),
};

function each(value: readonly number[], names: string): Record<string, readonly number[]> {
  return Object.fromEntries(names.split(' ').map((name) => [name, value]));
}

function named(way: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, way]));
}

/** The letters of the log format for what strace prints of an open. */
function openLetters(name: string, args: string): string {
  const has = (flag: string) => new RegExp(`\\b${flag}\\b`).test(args);
  if (name === 'creat') return 'wct';
  const reads = has('O_RDONLY') || has('O_RDWR') || !has('O_WRONLY');
  const writes = has('O_WRONLY') || has('O_RDWR');
  return [
    reads && !has('O_PATH') ? 'r' : '',
    writes ? 'w' : '',
    has('O_CREAT') ? 'c' : '',
    has('O_EXCL') ? 'x' : '',
    has('O_TRUNC') ? 't' : '',
    has('O_DIRECTORY') ? 'd' : '',
    has('O_PATH') ? 'p' : '',
    has('O_TMPFILE') ? 'm' : '',
  ].join('');
}

/** The kernel’s own name of a working folder, where it is still there. */
function realpath(path: string): string {
  try {
    return realpathSync.native(Buffer.from(path, 'latin1'), 'latin1');
  } catch {
    return path;
  }
}
