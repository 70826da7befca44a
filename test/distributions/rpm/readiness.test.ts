import { expect, it } from 'vitest';
import { rpmReadiness } from '../../../src/distributions/rpm/readiness.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';

it.each([
  ['all that is needed', '/usr/sbin:/usr/bin:/sbin:/bin', { ready: expect.any(Boolean) }],
  [
    'nothing of it',
    '/nonexistent',
    { ready: false, missing: expect.stringMatching(/^rpm and tar and .* are missing on this machine$/) },
  ],
])('a host with %s', async (_title, PATH, expected) => {
  const local = await localMachine();
  const run: NonNullable<Machine['shell']>['run'] = ([program, ...words], options) =>
    local.shell?.run([`/bin/${program}`, ...words], { ...options, environment: { PATH } }) ?? Promise.reject();
  const host = { ...local, shell: { ...local.shell, run } } as Machine;
  expect(await rpmReadiness(host)).toMatchObject(expected);
});
