import { readdirSync, readFileSync } from 'node:fs';
import { killQuietly } from '../exec.js';

const graceMilliseconds = 3000;

/** Ends the traced command, politely first; after a moment all that the same strace traces, by force. */
export function endTraced(root: () => number | undefined): void {
  const pid = root();
  const tracer = pid === undefined ? undefined : tracerOf(pid);
  if (pid !== undefined) killQuietly(pid, 'SIGTERM');
  setTimeout(() => {
    const late = tracer ?? tracerOf(root() ?? 0);
    if (late !== undefined) for (const traced of tracedBy(late)) killQuietly(traced, 'SIGKILL');
  }, graceMilliseconds).unref();
}

function tracedBy(tracer: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => tracerOf(pid) === tracer);
}

/** Who traces a process. Format: proc(5), /proc/pid/status. */
export function tracerOf(pid: number | 'self'): number | undefined {
  try {
    const tracer = Number(/^TracerPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
    return tracer > 0 ? tracer : undefined;
  } catch {
    // It has ended: nobody traces it.
    return undefined;
  }
}
