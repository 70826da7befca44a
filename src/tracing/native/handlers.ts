import type { ResourceUsage } from '../../model/access.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import { mountNote, namespaceNote, recordConnection } from '../calls.js';
import { ownCopy } from '../own-copy.js';
import type { RunRecord } from '../run-record.js';
import { signalNumber } from '../signals.js';
import { changes } from './change-events.js';
import type { EventOf, Handlers } from './event-paths.js';
import type { LogEvent } from './log-format.js';
import { looks } from './look-events.js';
import { namedAddresses } from './name-answers.js';

/** What each event of the log means. */
export const handlers: Handlers<LogEvent['event']> = {
  ...looks,
  ...changes,
  begin: ({ root }, run) => run.processes.begin(root),
  environment: ({ id, variables }, run) => void run.environments.set(ownCopy(id), variables.map(ownCopy)),
  process({ p, parent, time, cwd }, run) {
    if (parent !== undefined) run.processes.fork(parent, p, { thread: false, sharesPlace: false });
    else if (!run.processes.knows(p)) run.processes.begin(p);
    if (cwd !== undefined) run.processes.changeDirectory(p, cwd as FilePath);
    run.processes.note(p, { started: time });
  },
  exit,
  connect: ({ address, errno }, run) => recordConnection(run, shownAddress(address), errno),
  bind({ address, errno }, run) {
    if (errno === undefined) run.listening.add(ownCopy(shownAddress(address)));
  },
  answer({ data }, run) {
    for (const [name, address] of namedAddresses(data)) run.nameAddress(address, name);
  },
  mount({ p, what, errno }, run) {
    if (errno !== undefined) return;
    if (what !== 'mount') run.processes.moveApart(p);
    run.notes.add(what === 'mount' ? mountNote : namespaceNote);
  },
  note({ p, text }, run) {
    const program = run.processes.executableOf(p);
    run.notes.add(`${program === undefined ? `Process ${p}` : showPath(program)}: ${text}.`);
  },
  random({ p }, run) {
    const program = run.processes.executableOf(p);
    if (program !== undefined) run.drawing.add(program);
  },
  end(_event, run) {
    run.cut = false;
  },
};

function exit({ p, time, code, signal, event: _event, ...usage }: EventOf<'exit'>, run: RunRecord): void {
  const { processes } = run;
  const wasRunning = processes.rootExit === undefined;
  if (processes.knows(p)) processes.note(p, { ended: time, ...(hasAny(usage) ? { usage } : {}) });
  processes.exit(p, signal === undefined ? { code: code ?? 0 } : { code: 128 + signalNumber(signal), signal });
  if (wasRunning && processes.rootExit !== undefined) run.outlived = processes.running;
}

function hasAny(usage: object): usage is ResourceUsage {
  return Object.keys(usage).length > 0;
}

/** `inet ADDRESS:PORT`, `inet6 [ADDRESS]:PORT` and `unix NAME` as they are shown. */
function shownAddress(address: string): string {
  return address.startsWith('unix ') ? `unix:${address.slice(5)}` : address.slice(address.indexOf(' ') + 1);
}
