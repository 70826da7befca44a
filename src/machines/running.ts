import { setTimeout as wait } from 'node:timers/promises';
import type { Process } from './machine.js';

/** The processes that were started through one machine: the machine is not gone before they are. */
export class Running {
  readonly #processes = new Map<Process, Promise<void>>();

  /** Keeps a process in mind until it has ended. */
  add(process: Process): Process {
    const ended = process.exited.then(
      () => this.#forget(process),
      () => this.#forget(process),
    );
    this.#processes.set(process, ended);
    return process;
  }

  #forget(process: Process): void {
    this.#processes.delete(process);
  }

  /** Waits until all have ended; one that nobody waits for any more and that goes on is killed. */
  async end(patience: number): Promise<void> {
    if (await this.#endWithin(patience)) return;
    for (const process of this.#processes.keys()) process.kill('SIGKILL');
    await this.#endWithin(patience);
  }

  async #endWithin(milliseconds: number): Promise<boolean> {
    const stop = new AbortController();
    const late = wait(milliseconds, false, { signal: stop.signal }).catch(() => false);
    try {
      return await Promise.race([Promise.all(this.#processes.values()).then(() => true), late]);
    } finally {
      stop.abort();
    }
  }
}
