import { setMaxListeners } from 'node:events';
import { exitCodeOfSignal } from './exit-codes.js';

const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an AbortSignal, so that `finally` blocks clean up; a second one of the same
 * kind ends the process at once.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #handlers = new Map<NodeJS.Signals, () => void>();
  #received: NodeJS.Signals | undefined;
  #deputy: ((name: NodeJS.Signals) => void) | undefined;

  constructor() {
    // Every download and child process of a long run listens.
    setMaxListeners(0, this.#controller.signal);
    for (const name of [...ending, 'SIGQUIT'] as const) {
      const handler = () => this.#receive(name);
      process.on(name, handler);
      this.#handlers.set(name, handler);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The signal that stopped us, if one did. */
  get received(): NodeJS.Signals | undefined {
    return this.#received;
  }

  /** Until disposed, signals do not stop us but go to a wrapped command, or are left to who else listens. */
  handOver(deputy: (name: NodeJS.Signals) => void = () => undefined): Disposable {
    this.#deputy = deputy;
    return {
      [Symbol.dispose]: () => {
        this.#deputy = undefined;
      },
    };
  }

  [Symbol.dispose](): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler);
    this.#handlers.clear();
  }

  #receive(name: NodeJS.Signals): void {
    if (this.#deputy !== undefined) {
      this.#deputy(name);
      return;
    }
    if (this.#received === name || name === 'SIGQUIT') process.exit(exitCodeOfSignal(name));
    this.#received = name;
    this.#controller.abort(new DOMException(`stopped by ${name}`, 'AbortError'));
  }
}
