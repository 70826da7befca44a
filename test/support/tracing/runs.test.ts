import { describe, expect, it } from 'vitest';
import { differences, type Runs, withRun } from './runs.js';

describe('the comparison of runs', () => {
  const strace = runs(['a', 'b'], ['a', 'b', 'drawn']);

  it('holds a single trace to all that every strace run did, and to what any did', () => {
    expect(differences(runs(['a', 'drawn']), strace)).toEqual(['missed: b']);
    expect(differences(runs(['a', 'b', 'c']), strace)).toEqual(['invented: c']);
  });

  it('takes what only one of two traces lacks or adds for chance, and what both do for a fault', () => {
    expect(differences(runs(['a', 'c'], ['a', 'b']), strace)).toEqual([]);
    expect(differences(runs(['a', 'c'], ['a', 'c']), strace)).toEqual(['missed: b', 'invented: c']);
  });
});

function runs(...all: readonly (readonly string[])[]): Runs {
  return all.reduce((known, seen) => withRun(known, new Set(seen)), undefined as Runs | undefined) as Runs;
}
