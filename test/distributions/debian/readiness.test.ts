import { expect, it } from 'vitest';
import { debianReadiness } from '../../../src/distributions/debian/readiness.js';
import type { Machine } from '../../../src/machines/machine.js';

/** A host that has these programs. */
function hostWith(uid: number, programs: readonly string[]): Machine {
  const run = async (argv: readonly string[]) => ({
    exit: { code: argv[0] === 'id' || programs.includes(argv.at(-1) ?? '') ? 0 : 1 },
    stdout: Buffer.from(`${uid}\n`),
    stderr: Buffer.alloc(0),
  });
  return { label: 'a host', shell: { run } } as unknown as Machine;
}

it.each([
  [0, ['mmdebstrap', 'apt-get'], undefined],
  [0, ['apt-get'], 'mmdebstrap is missing on a host'],
  [1000, ['mmdebstrap', 'apt-get'], undefined],
  [1000, [], 'mmdebstrap and apt-get are missing on a host'],
])('a host of user %i with %j: %s', async (uid, programs, missing) => {
  const readiness = await debianReadiness(hostWith(uid, programs));
  expect(readiness).toMatchObject(missing === undefined ? { ready: true } : { ready: false, missing });
});
