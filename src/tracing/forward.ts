import { readFileSync } from 'node:fs';
import { killQuietly } from '../exec.js';

/** Signals that end a program, which the tracer must survive to record how the command took them. */
const forwarded = ['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGALRM'] as const satisfies readonly NodeJS.Signals[];
/** Signals that a terminal sends to the whole foreground group: the command gets its own. */
const fromTerminal = ['SIGINT', 'SIGQUIT'] as const satisfies readonly NodeJS.Signals[];

/**
 * Until disposed, signals sent to this process do not end it but reach the traced command, once. `target` gives the
 * command's process id as soon as it is known; a signal that comes before is kept until then.
 */
export function forwardSignals(target: () => number | undefined): Disposable {
  const waiting: NodeJS.Signals[] = [];
  const deliver = () => {
    const pid = target();
    if (pid === undefined) return;
    for (const signal of waiting.splice(0)) killQuietly(pid, signal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    waiting.push(signal);
    deliver();
  };
  const onTerminalSignal = (signal: NodeJS.Signals) => {
    if (!isForeground()) onSignal(signal);
  };
  const timer = setInterval(deliver, 50).unref();
  for (const signal of forwarded) process.on(signal, onSignal);
  for (const signal of fromTerminal) process.on(signal, onTerminalSignal);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const signal of forwarded) process.off(signal, onSignal);
      for (const signal of fromTerminal) process.off(signal, onTerminalSignal);
    },
  };
}

/** Whether our process group is the one that the terminal's keys reach. Format: proc(5), /proc/pid/stat. */
function isForeground(): boolean {
  try {
    const text = readFileSync('/proc/self/stat', 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(fields[5]) > 0 && fields[5] === fields[2];
  } catch {
    return false;
  }
}
