import { beforeEach, expect, it } from 'vitest';
import { pipeline, python } from '../support/inputs.js';
import { loop } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';
import { ordinaryUser } from '../support/users.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap', 'newuidmap', 'jq', 'setpriv'] }));

it.each([
  ['jq and sort', pipeline],
  ['Python with sqlite3, json and xml', python],
])('proves and runs again as an ordinary user with a private home: %s', async (_title, input) => {
  await using user = await ordinaryUser();
  await using done = await loop(input, { origin: 'host', backend: 'rootfs', user });
  expect(done.created.code).toBe(0);
});

it('names the command that adds subordinate ids where there are none', async () => {
  await using user = await ordinaryUser();
  await run(['usermod', '--del-subuids', '0-4294967294', '--del-subgids', '0-4294967294', user.name]);
  const failed = await loop(pipeline, { origin: 'host', backend: 'rootfs', user }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  expect(failed).toMatch(/ended with 3/);
  expect(failed).toMatch(/usermod --add-subuids/);
});
