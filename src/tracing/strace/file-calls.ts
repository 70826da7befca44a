import type { FilePath } from '../../model/file-path.js';
import { isOwnProcess } from '../calls.js';
import type { Opening } from '../opening.js';
import { ownCopy } from '../own-copy.js';
import type { RunRecord } from '../run-record.js';
import type { Call } from './call.js';
import { failed, fileOf, type Handler, isEmptyPath, pathAt, pathFrom, succeeded } from './handler.js';

/** Calls that look at a path, open it, or stand in it. */
export const pathCalls = {
  open: (call, run) => open(call, pathAt(call, 0, run), call.args[1], run),
  creat: (call, run) => open(call, pathAt(call, 0, run), 'O_WRONLY|O_CREAT|O_TRUNC', run),
  openat: (call, run) => open(call, pathFrom(call, 0, run), call.args[2], run),
  openat2: (call, run) => open(call, pathFrom(call, 0, run), call.args[2], run),
  open_by_handle_at: (call, run) => open(call, fileOfResult(call), call.args[2], run),
  stat: (call, run) => look(call, pathAt(call, 0, run), true, run),
  stat64: (call, run) => look(call, pathAt(call, 0, run), true, run),
  lstat: (call, run) => look(call, pathAt(call, 0, run), false, run),
  lstat64: (call, run) => look(call, pathAt(call, 0, run), false, run),
  newfstatat: (call, run) => lookFrom(call, 3, run),
  fstatat64: (call, run) => lookFrom(call, 3, run),
  statx: (call, run) => lookFrom(call, 2, run),
  access: (call, run) => look(call, pathAt(call, 0, run), true, run),
  faccessat: (call, run) => lookFrom(call, 3, run),
  faccessat2: (call, run) => lookFrom(call, 3, run),
  readlink: (call, run) => look(call, pathAt(call, 0, run), false, run),
  readlinkat: (call, run) => {
    if (!isEmptyPath(call, 0)) look(call, pathFrom(call, 0, run), false, run);
  },
  chdir: (call, run) => enter(call, pathAt(call, 0, run), run),
  fchdir: (call, run) => enter(call, fileOf(call.args[0]), run),
} as const satisfies Record<string, Handler>;

/** Calls that change entries. */
export const changeCalls = {
  mkdir: (call, run) => create(call, pathAt(call, 0, run), run),
  mkdirat: (call, run) => create(call, pathFrom(call, 0, run), run),
  mknod: (call, run) => create(call, pathAt(call, 0, run), run),
  mknodat: (call, run) => create(call, pathFrom(call, 0, run), run),
  symlink: (call, run) => create(call, pathAt(call, 1, run), run, 'link'),
  symlinkat: (call, run) => create(call, pathFrom(call, 1, run), run, 'link'),
  link: (call, run) => link(call, pathAt(call, 0, run), pathAt(call, 1, run), run),
  linkat: (call, run) => link(call, linkSource(call, run), pathFrom(call, 2, run), run),
  unlink: (call, run) => remove(call, pathAt(call, 0, run), run),
  unlinkat: (call, run) => remove(call, pathFrom(call, 0, run), run),
  rmdir: (call, run) => remove(call, pathAt(call, 0, run), run),
  rename: (call, run) => rename(call, pathAt(call, 0, run), pathAt(call, 1, run), '', run),
  renameat: (call, run) => rename(call, pathFrom(call, 0, run), pathFrom(call, 2, run), '', run),
  renameat2: (call, run) => rename(call, pathFrom(call, 0, run), pathFrom(call, 2, run), call.args[4] ?? '', run),
  truncate: (call, run) => change(call, pathAt(call, 0, run), run),
  truncate64: (call, run) => change(call, pathAt(call, 0, run), run),
  chmod: (call, run) => changeAttributes(call, pathAt(call, 0, run), run),
  fchmod: (call, run) => changeAttributes(call, fileOf(call.args[0]), run),
  fchmodat: (call, run) => changeAttributes(call, pathFrom(call, 0, run), run),
  fchmodat2: (call, run) => changeAttributes(call, pathFrom(call, 0, run), run),
  chown: (call, run) => changeAttributes(call, pathAt(call, 0, run), run),
  lchown: (call, run) => changeAttributes(call, pathAt(call, 0, run), run),
  chown32: (call, run) => changeAttributes(call, pathAt(call, 0, run), run),
  lchown32: (call, run) => changeAttributes(call, pathAt(call, 0, run), run),
  fchown32: (call, run) => changeAttributes(call, fileOf(call.args[0]), run),
  fchown: (call, run) => changeAttributes(call, fileOf(call.args[0]), run),
  fchownat: (call, run) => changeAttributes(call, pathFrom(call, 0, run), run),
} as const satisfies Record<string, Handler>;

function open(call: Call, path: FilePath | undefined, flags: string | undefined, run: RunRecord): void {
  if (path === undefined || flags === undefined) return;
  if (!succeeded(call)) {
    failed(path, call, run);
    return;
  }
  const mode = modeOf(flags);
  if (mode.nameless) {
    run.accesses.use(path, 'examined');
    return;
  }
  const { descriptor } = call.result;
  // What is behind a removed file's descriptor has no path any more: a later open of the same path is another file.
  const real = descriptor && !descriptor.deleted && descriptor.path.startsWith('/') ? descriptor.path : path;
  run.accesses.open(path, isOwnProcess(path) ? path : (real as FilePath), mode);
}

interface Mode extends Opening {
  /** O_TMPFILE: the path is that of a directory, and the file has none. */
  readonly nameless: boolean;
}

/** Programs use few combinations of flags. */
const modes = new Map<string, Mode>();

function modeOf(flags: string): Mode {
  const known = modes.get(flags);
  if (known) return known;
  const only = flags.includes('O_PATH');
  const mode: Mode = {
    reads: !only && !flags.includes('O_WRONLY'),
    writes: !only && (flags.includes('O_WRONLY') || flags.includes('O_RDWR') || flags.includes('O_TRUNC')),
    lists: !only && flags.includes('O_DIRECTORY'),
    creates: flags.includes('O_CREAT'),
    exclusive: flags.includes('O_CREAT') && flags.includes('O_EXCL'),
    truncates: flags.includes('O_TRUNC'),
    nameless: flags.includes('O_TMPFILE'),
  };
  modes.set(ownCopy(flags), mode);
  return mode;
}

function look(call: Call, path: FilePath | undefined, follow: boolean, run: RunRecord): void {
  if (path === undefined) return;
  if (succeeded(call)) run.accesses.use(path, 'examined', follow);
  // readlink of something that is no link
  else if (call.result.errno === 'EINVAL') run.accesses.use(path, 'examined', false);
  else failed(path, call, run);
}

function lookFrom(call: Call, flags: number, run: RunRecord): void {
  if (isEmptyPath(call, 0)) return;
  look(call, pathFrom(call, 0, run), !(call.args[flags] ?? '').includes('AT_SYMLINK_NOFOLLOW'), run);
}

function enter(call: Call, path: FilePath | undefined, run: RunRecord): void {
  if (path === undefined) return;
  if (succeeded(call)) {
    run.accesses.use(path, 'entered');
    run.processes.changeDirectory(call.pid, path);
  } else {
    failed(path, call, run);
  }
}

function create(call: Call, path: FilePath | undefined, run: RunRecord, what: 'entry' | 'link' = 'entry'): void {
  if (path === undefined) return;
  if (succeeded(call) && what === 'link') run.accesses.createLink(path);
  else if (succeeded(call)) run.accesses.create(path);
  else if (call.result.errno === 'EEXIST') run.accesses.use(path, 'examined', false);
  else failed(path, call, run);
}

function link(call: Call, from: FilePath | undefined, to: FilePath | undefined, run: RunRecord): void {
  if (succeeded(call)) {
    if (from !== undefined) run.accesses.use(from, 'read', false);
    if (to !== undefined) run.accesses.create(to, 'written');
  } else if (call.result.errno === 'EEXIST') {
    if (to !== undefined) run.accesses.use(to, 'examined', false);
  } else if (from !== undefined) {
    failed(from, call, run);
  }
}

/** The source of `linkat`; undefined for a file without a name (O_TMPFILE), which has nothing to be read. */
function linkSource(call: Call, run: RunRecord): FilePath | undefined {
  if (isEmptyPath(call, 0)) return fileOf(call.args[0]);
  const path = pathFrom(call, 0, run);
  return path?.startsWith('/proc/') && path.includes('/fd/') ? undefined : path;
}

function remove(call: Call, path: FilePath | undefined, run: RunRecord): void {
  if (path === undefined) return;
  if (succeeded(call)) run.accesses.remove(path);
  else failed(path, call, run);
}

function rename(call: Call, from: FilePath | undefined, to: FilePath | undefined, flags: string, run: RunRecord): void {
  if (from === undefined || to === undefined) return;
  if (!succeeded(call)) {
    if (call.result.errno === 'EEXIST') run.accesses.use(to, 'examined', false);
    else failed(from, call, run);
  } else if (from === to) run.accesses.use(from, 'examined', false);
  else if (flags.includes('RENAME_EXCHANGE')) run.accesses.exchange(from, to);
  else run.accesses.rename(from, to, flags.includes('RENAME_NOREPLACE'));
}

function change(call: Call, path: FilePath | undefined, run: RunRecord): void {
  if (path === undefined) return;
  if (succeeded(call)) run.accesses.change(path);
  else failed(path, call, run);
}

function changeAttributes(call: Call, path: FilePath | undefined, run: RunRecord): void {
  if (path === undefined) return;
  if (succeeded(call)) run.accesses.changeAttributes(path);
  else failed(path, call, run);
}

function fileOfResult(call: Call): FilePath | undefined {
  const { descriptor } = call.result;
  return descriptor && !descriptor.deleted && descriptor.path.startsWith('/')
    ? (descriptor.path as FilePath)
    : undefined;
}
