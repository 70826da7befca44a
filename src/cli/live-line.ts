import type { RunProgress } from '../tracing/tracer.js';
import type { ProgressOutput } from './progress-reporter.js';

/** Shows on a terminal, in one line that is drawn over, what a traced command has used so far and how fast. */
export class LiveLine implements Disposable {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #last: RunProgress & { readonly at: number };
  #isDrawn = false;

  constructor(output: ProgressOutput, now: () => number = Date.now) {
    this.#output = output;
    this.#now = now;
    this.#last = { files: 0, processes: 0, at: now() };
  }

  readonly show = (seen: RunProgress): void => {
    const at = this.#now();
    const seconds = Math.max(0.001, (at - this.#last.at) / 1000);
    const rate = (name: 'files' | 'processes') => Math.round((seen[name] - this.#last[name]) / seconds);
    this.#output.write(
      `\r\u001b[K${seen.files} files (${rate('files')}/s), ${seen.processes} processes (${rate('processes')}/s)`,
    );
    this.#isDrawn = true;
    this.#last = { ...seen, at };
  };

  [Symbol.dispose](): void {
    if (this.#isDrawn) this.#output.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}
