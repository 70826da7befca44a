import { expect, it } from 'vitest';
import type { Access } from '../../src/model/access.js';
import { isLost } from '../../src/proof/expectations.js';

const known = { hash: 'a'.repeat(64), size: 1 };

it.each<[Access['uses'], Access['before'], boolean]>([
  [['read', 'removed'], 'unknown', true],
  [['read', 'removed'], known, false],
  [['read', 'removed'], 'absent', false],
  [['read', 'written'], 'unknown', false],
  [['removed'], 'unknown', false],
])('of %j with %j before, says that it is lost: %s', (uses, before, lost) => {
  expect(isLost({ uses, ...(before === undefined ? {} : { before }) })).toBe(lost);
});
