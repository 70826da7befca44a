import { setImmediate } from 'node:timers/promises';

const longestMilliseconds = 20;

/** Lets synchronous work in a loop give the event loop a turn now and then; also where an abort is noticed. */
export function createTurns(signal?: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < longestMilliseconds) return undefined;
    signal?.throwIfAborted();
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
