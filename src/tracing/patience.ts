import type { Shell } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import { isRunning } from '../process-identity.js';
import { logHeadSize } from './engine.js';
import { defaultPatience, type Patience } from './tracer.js';

/** Signals that mean, once the command has ended, that nothing else is to be waited for. */
const hurrying = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Waiting extends Disposable {
  /** Resolves when the command has ended and what it left in the background is not to be waited for any longer. */
  readonly over: Promise<void>;
}

/**
 * A tracer may end only with the last process that it follows, which may be a daemon that never ends. The command counts
 * as ended when `isGone` says so; from then on patience is limited, and with `hurry` a signal to us ends it at once.
 */
export function limitPatience(
  isGone: () => Promise<boolean> | boolean,
  options: { readonly interval: number; readonly wait?: Patience | undefined; readonly hurry?: boolean },
): Waiting {
  const { interval, hurry = false } = options;
  const patience = milliseconds(options.wait);
  let goneSince: number | undefined;
  let finish: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    if (goneSince === undefined && (await isGone())) goneSince = performance.now();
    if (goneSince !== undefined && performance.now() - goneSince >= patience) finish();
    else timer = setTimeout(check, interval);
  };
  const check = () => void look().catch(finish);
  const noLonger = hurry
    ? onHurry(() => {
        if (goneSince !== undefined) finish();
      })
    : undefined;
  timer = setTimeout(check, interval);
  return {
    over,
    [Symbol.dispose]() {
      clearTimeout(timer);
      noLonger?.[Symbol.dispose]();
    },
  };
}

/** Until disposed, calls `act` for every signal to us that means that waiting is to end. */
export function onHurry(act: (signal: NodeJS.Signals) => void): Disposable {
  for (const signal of hurrying) process.on(signal, act);
  return {
    [Symbol.dispose]() {
      for (const signal of hurrying) process.off(signal, act);
    },
  };
}

function milliseconds(wait: Patience = defaultPatience): number {
  if (wait === 'all') return Number.POSITIVE_INFINITY;
  return wait === 'none' ? 0 : wait * 1000;
}

/** Whether a process of this machine has ended and was collected. */
export function isGoneHere(pid: number | undefined): boolean {
  return pid !== undefined && !isRunning(pid);
}

/** The same on a machine, by the beginning of its log. */
export function isGoneOn(shell: Shell, log: FilePath, rootOf: (head: string) => number | undefined) {
  let root: number | undefined;
  return async (): Promise<boolean> => {
    root ??= rootOf((await shell.run(['head', '-c', String(logHeadSize), '--', log])).stdout.toString('latin1'));
    return root !== undefined && (await shell.run(['test', '-d', `/proc/${root}`])).exit.code === 1;
  };
}
