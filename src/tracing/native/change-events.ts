import type { ContentBefore } from '../../model/access.js';
import type { FilePath } from '../../model/file-path.js';
import { recordFailure } from '../calls.js';
import { ownCopy } from '../own-copy.js';
import type { RunRecord } from '../run-record.js';
import { askedPath, type EventOf, type Handlers, newPath, onSuccess, type PathEvent } from './event-paths.js';

type Changing = 'mkdir' | 'mknod' | 'symlink' | 'link' | 'rename' | 'unlink' | 'truncate' | 'attributes' | 'before';

/** Events of calls that change entries. */
export const changes: Handlers<Changing> = {
  mkdir: (event, run) => make(event, run, (path) => run.accesses.create(path)),
  mknod: (event, run) => make(event, run, (path) => run.accesses.create(path)),
  symlink: (event, run) => make(event, run, (path) => run.accesses.createLink(path)),
  link,
  rename,
  unlink: (event, run) => onSuccess(event, run, (path) => run.accesses.remove(path)),
  truncate: (event, run) => onSuccess(event, run, (path) => run.accesses.change(path)),
  attributes: (event, run) =>
    onSuccess(event, run, (path) => {
      // Times and extended attributes are no content, and no right to it.
      if (event.what === 'mode' || event.what === 'owner') run.accesses.changeAttributes(path);
      else run.accesses.use(path, 'examined');
    }),
  before({ event: _event, p: _p, path, sha256: hash, unknown: _unknown, ...rest }, run) {
    if (hash === undefined || run.before.has(path as FilePath)) return;
    run.before.set(ownCopy(path as FilePath), { hash, ...rest } as ContentBefore);
  },
};

function make(event: PathEvent, run: RunRecord, act: (path: FilePath) => void): void {
  const path = event.errno === 'EEXIST' ? askedPath(event, run) : undefined;
  if (path === undefined) onSuccess(event, run, act);
  else run.accesses.use(path, 'examined', false);
}

function link(event: EventOf<'link'>, run: RunRecord): void {
  const from = askedPath(event, run);
  const to = newPath(event, run);
  if (event.errno === 'EEXIST') {
    if (to !== undefined) run.accesses.use(to, 'examined', false);
  } else if (event.errno === undefined) {
    // A file without a name, named by its descriptor, has nothing that was there to be read.
    const isNameless = from?.startsWith('/proc/') && from.includes('/fd/');
    if (from !== undefined && !isNameless) run.accesses.use(from, 'read', false);
    if (to !== undefined) run.accesses.create(to, 'written');
  } else if (from !== undefined) recordFailure(run, from, event.errno);
}

function rename(event: EventOf<'rename'>, run: RunRecord): void {
  const from = askedPath(event, run);
  const to = newPath(event, run);
  if (from === undefined) return;
  if (event.errno === 'EEXIST') run.accesses.use(to ?? from, 'examined', false);
  else if (event.errno !== undefined) recordFailure(run, from, event.errno);
  else if (to === undefined) run.accesses.remove(from);
  else if (from === to) run.accesses.use(from, 'examined', false);
  else if (event.exchange) run.accesses.exchange(from, to);
  else run.accesses.rename(from, to, event.replaced !== true);
}
