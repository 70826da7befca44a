import type { Machine } from '../machines/machine.js';

/** A machine that is opened when it is first asked for, and closed with what has it. */
export interface LazyMachine extends AsyncDisposable {
  get(): Promise<Machine>;
}

export function lazyMachine(open: () => Promise<Machine>): LazyMachine {
  let opened: Promise<Machine> | undefined;
  return {
    get() {
      opened ??= open();
      return opened;
    },
    async [Symbol.asyncDispose]() {
      const machine = await opened?.catch(() => undefined);
      await machine?.[Symbol.asyncDispose]();
    },
  };
}
