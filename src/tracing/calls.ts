import { type FilePath, joinPath, normalizePath, showPath } from '../model/file-path.js';
import { ownCopy } from './own-copy.js';
import type { Execution, RunRecord } from './run-record.js';

/** Errors that say that nothing is at the path. */
const missing = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);
/** Errors of the call itself, which say nothing of the path. */
const meaningless = new Set(['EFAULT', 'EBADF', 'ENOSYS', 'EINTR', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** A call on `path` failed: nothing is there, or it was looked at all the same. */
export function recordFailure(run: RunRecord, path: FilePath, errno: string): void {
  if (meaningless.has(errno)) return;
  if (missing.has(errno)) run.accesses.absent(path);
  else if (errno === 'EACCES') run.accesses.refuse(path);
  else run.accesses.examine(path);
}

/** Drops what says nothing in a path (`//`, `.`), but not `..`: what it means is for the resolver to say. */
export function tidyPath(path: FilePath): FilePath {
  if (!path.includes('/..')) return normalizePath(path);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}` as FilePath;
}

/** Below /proc/self the kernel's answer holds a process number, which is another one in every run. */
export function isOwnProcess(path: FilePath): boolean {
  return (path.startsWith('/proc/self/') || path.startsWith('/proc/thread-self/')) && !path.includes('/fd/');
}

/**
 * A connection to an address, as `host:port`, `[host]:port`, `unix:/path` or `unix:@name`. One that is only begun counts;
 * port 0 asks for a route and reaches nobody.
 */
export function recordConnection(run: RunRecord, address: string, errno: string | undefined): void {
  if (!address.startsWith('unix:') && address.endsWith(':0')) return;
  if (errno === undefined || begun.has(errno)) run.connections.add(ownCopy(address));
  if (!address.startsWith('unix:/')) return;
  const path = joinPath('/' as FilePath, address.slice('unix:'.length));
  if (errno === undefined) run.accesses.use(path, 'examined');
  else recordFailure(run, path, errno);
}

const begun = new Set(['EINPROGRESS', 'EALREADY', 'EISCONN']);

/** What a change of the mounts or the root of a process means for its paths. */
export const namespaceNote =
  'The run changed its root or its mounts (a container, bwrap or the like): paths inside are given as seen from outside where that is known.';

export const mountNote = 'The run mounted a filesystem: files below it may not be there again.';

export function rootNote(path: FilePath): string {
  return `The run changed its root to ${showPath(path)}: paths after that are given below it.`;
}

/** Remembers the first execution of a program: its interpreters are found out after the run. */
export function rememberExecution(executions: Map<FilePath, Execution>, path: FilePath, cwd: FilePath): void {
  if (executions.has(path)) return;
  const own = ownCopy(path);
  executions.set(own, { path: own, cwd: ownCopy(cwd) });
}
