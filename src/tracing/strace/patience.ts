import type { Shell } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import { isRunning } from '../../process-identity.js';

/** How long background processes that outlive the command are waited for. */
const patienceMilliseconds = 30_000;

export interface Waiting extends Disposable {
  /** Resolves when the command has ended and what it left in the background is not to be waited for any longer. */
  readonly over: Promise<void>;
}

/**
 * strace ends with the last process that it follows, which may be a daemon that never ends. The command counts as ended
 * when `isGone` says so; from then on patience is limited, and any of `hurry` ends it at once.
 */
export function limitPatience(
  isGone: () => Promise<boolean> | boolean,
  options: { readonly interval: number; readonly patience?: number; readonly hurry?: readonly NodeJS.Signals[] },
): Waiting {
  const { interval, patience = patienceMilliseconds, hurry = [] } = options;
  let goneSince: number | undefined;
  let finish: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    if (goneSince === undefined && (await isGone())) goneSince = performance.now();
    if (goneSince !== undefined && performance.now() - goneSince > patience) finish();
    else timer = setTimeout(check, interval);
  };
  const check = () => void look().catch(finish);
  const onSignal = () => {
    if (goneSince !== undefined) finish();
  };
  timer = setTimeout(check, interval);
  for (const signal of hurry) process.on(signal, onSignal);
  return {
    over,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of hurry) process.off(signal, onSignal);
    },
  };
}

/** Whether a process of this machine has ended and was collected. */
export function isGoneHere(pid: number | undefined): boolean {
  return pid !== undefined && !isRunning(pid);
}

/** The same on a machine, where the log's first word names the command's process. */
export async function isGoneOn(shell: Shell, log: FilePath): Promise<boolean> {
  const { exit } = await shell.run(['sh', '-c', goneScript, 'sh', log]);
  return exit.code === 3;
}

const goneScript = 'read -r pid rest <"$1" || exit 0; [ -d "/proc/$pid" ] || exit 3';
