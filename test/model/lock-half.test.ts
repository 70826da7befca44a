import { expect, it } from 'vitest';
import { lockHalfSchema } from '../../src/model/lock-half.js';

it('leaves what a distribution adds to its lock as it is', () => {
  const lock = {
    name: 'other',
    channels: ['main'],
    packages: [{ name: 'a', version: '1', build: 'h0', used: true }],
  };
  expect(lockHalfSchema.parse(lock)).toEqual(lock);
});

it.each([
  ['packages without versions', { packages: [{ name: 'a' }] }],
  ['an account without a number', { accounts: { users: [], groups: [{ name: 'g', members: [] }] } }],
  ['no name', { name: undefined }],
])('refuses %s', (_, changes) => {
  expect(lockHalfSchema.safeParse({ name: 'other', ...changes }).success).toBe(false);
});
