/** What a test says of a set of changes. `unresolved`: it could not be tested, or came out in a third way. */
export type Outcome = 'passes' | 'fails' | 'unresolved';

/** Asked for one set, always in the order of the whole; `suspects` is how many changes may still be to blame. */
export type TestSubset<T> = (subset: readonly T[], suspects: number) => Promise<Outcome>;

/**
 * Delta debugging: the smallest part of changes that still fails, in the sense that it passes or cannot be tested
 * without any one of them. Of all together it is known that they fail, of none that it passes.
 * A. Zeller and R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002, figure 5.
 */
export async function ddmin<T>(all: readonly T[], test: TestSubset<T>): Promise<readonly T[]> {
  const fails = remembering(all, test);
  let failing = all;
  let parts = 2;
  while (failing.length >= 2) {
    const chunks = split(failing, parts);
    const found = await firstThat(chunks, (chunk) => fails(chunk, failing.length));
    // Of two chunks each is the other's complement.
    const complements = parts === 2 ? [] : chunks.map((chunk) => without(failing, chunk));
    const rest = found ?? (await firstThat(complements, (chunk) => fails(chunk, failing.length)));
    if (rest === undefined) {
      if (parts === failing.length) break;
      parts = Math.min(2 * parts, failing.length);
    } else {
      failing = rest;
      parts = found ? 2 : Math.max(parts - 1, 2);
    }
  }
  return failing;
}

/** No set is tested twice. */
function remembering<T>(all: readonly T[], test: TestSubset<T>) {
  const places = new Map(all.map((each, at) => [each, at]));
  const known = new Map<string, Outcome>();
  return async (subset: readonly T[], suspects: number): Promise<boolean> => {
    const key = subset.map((each) => places.get(each)).join();
    const outcome = known.get(key) ?? (await test(subset, suspects));
    known.set(key, outcome);
    return outcome === 'fails';
  };
}

/** As equal in size as can be. */
function split<T>(all: readonly T[], parts: number): (readonly T[])[] {
  const cut = (at: number) => Math.floor((at * all.length) / parts);
  return Array.from({ length: parts }, (_, at) => all.slice(cut(at), cut(at + 1)));
}

function without<T>(all: readonly T[], some: readonly T[]): T[] {
  const gone = new Set(some);
  return all.filter((each) => !gone.has(each));
}

async function firstThat<T>(all: readonly T[], is: (each: T) => Promise<boolean>): Promise<T | undefined> {
  for (const each of all) if (await is(each)) return each;
  return undefined;
}
