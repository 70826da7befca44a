import { expect, it } from 'vitest';
import { UserSets } from '../../src/tracing/user-sets.js';

it('keeps the first four users of a path in the order in which they came, each once', () => {
  const sets = new UserSets();
  let set = 0;
  for (const user of [7, 3, 7, 3, 0, 1, 2, 4, 5, 6, 8, 9]) set = sets.with(set, user);
  expect(sets.members(set)).toEqual([7, 3, 0, 1]);
  expect(sets.members(0)).toEqual([]);
});

it('keeps a set once, however many paths have those users', () => {
  const sets = new UserSets();
  const of = (...users: number[]) => users.reduce((set, user) => sets.with(set, user), 0);
  expect(of(1, 2)).toBe(of(1, 2));
  expect(of(1, 2)).not.toBe(of(2, 1));
});
