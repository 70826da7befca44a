import type { FilePath } from '../../model/file-path.js';
import { isOwnProcess, recordFailure, rememberExecution, rootNote } from '../calls.js';
import type { Opening } from '../opening.js';
import type { RunRecord } from '../run-record.js';
import { askedPath, directoryOf, type EventOf, type Handlers, onSuccess, type PathEvent } from './event-paths.js';

/** Events of calls that look at a path, open it, execute it, or stand in it. */
export const looks: Handlers<'open' | 'stat' | 'access' | 'readlink' | 'exec' | 'chdir' | 'chroot'> = {
  open,
  stat: (event, run) => look(event, event.follow !== false, run),
  access: (event, run) => look(event, true, run),
  readlink(event, run) {
    // Of something that is no link: it is there.
    if (event.errno === 'EINVAL') look({ ...event, errno: undefined }, false, run);
    else look(event, false, run);
  },
  exec,
  chdir: (event, run) =>
    onSuccess(event, run, (path) => {
      run.accesses.use(path, 'entered');
      run.processes.changeDirectory(event.p, realOf(event, path));
    }),
  chroot: (event, run) =>
    onSuccess(event, run, (path) => {
      run.accesses.use(path, 'entered');
      run.processes.changeRoot(event.p, realOf(event, path));
      run.notes.add(rootNote(path));
    }),
};

function realOf({ real }: PathEvent, path: FilePath): FilePath {
  return real === undefined || isOwnProcess(path) ? path : (real as FilePath);
}

function look(event: PathEvent, follow: boolean, run: RunRecord): void {
  // A descriptor was opened by its path before.
  if (event.path === '') return;
  onSuccess(event, run, (path) => run.accesses.use(path, 'examined', follow));
}

function open(event: EventOf<'open'>, run: RunRecord): void {
  onSuccess(event, run, (path) => {
    const { flags, created = false, type } = event;
    // A file without a name in the folder at the path.
    if (flags.includes('m')) run.accesses.use(path, 'examined');
    else run.accesses.open(path, realOf(event, path), openingOf(flags, created, type === 'directory'));
  });
}

function openingOf(flags: string, created: boolean, isDirectory: boolean): Opening {
  const only = flags.includes('p');
  return {
    reads: !only && flags.includes('r'),
    writes: !only && (flags.includes('w') || flags.includes('t')),
    lists: !only && (isDirectory || flags.includes('d')),
    creates: created,
    exclusive: created,
    truncates: flags.includes('t'),
  };
}

function exec(event: EventOf<'exec'>, run: RunRecord): void {
  const { p, errno, argv = [], time, environment, cwd, uid, opened } = event;
  const path = askedPath(event, run);
  if (path === undefined) return;
  if (cwd !== undefined) run.processes.changeDirectory(p, cwd as FilePath);
  const from = directoryOf(p, run);
  if (errno === 'ENOENT') {
    run.accesses.executeFailed(path);
    rememberExecution(run.failedExecutions, path, from);
  } else if (errno !== undefined) {
    recordFailure(run, path, errno);
  } else {
    run.execute(p, path, argv);
    run.accesses.execute(path, realOf(event, path));
    run.processes.note(p, {
      started: time,
      cwd: from,
      ...(uid === undefined ? {} : { uid }),
      ...(environment === undefined ? {} : { environment }),
    });
    rememberExecution(run.executions, path, from);
    if (opened !== undefined && !run.opened.has(path)) run.opened.set(path, new Set(opened as FilePath[]));
  }
}
