import { expect, it } from 'vitest';
import { uninstallApk } from '../../../src/distributions/apk/uninstall.js';
import type { Machine } from '../../../src/machines/machine.js';

// There is no apk here to ask: what a locked database makes of it is as apk-tools 2.14 says it.
it('removes nothing where apk cannot say what it would do, and tells what it said', async () => {
  const asked: string[][] = [];
  const run = async (argv: readonly string[]) => {
    asked.push([...argv]);
    const isRefused = argv[0] === 'apk';
    const stderr = Buffer.from(isRefused ? 'ERROR: Unable to lock database: Resource temporarily unavailable\n' : '');
    return { exit: { code: isRefused ? 99 : 0 }, stdout: Buffer.alloc(0), stderr };
  };
  const files = { read: async () => Buffer.from('P:greeter\nV:1.0-r1\nA:x86_64\n\n') };
  const machine = { label: 'the machine', files, shell: { run } } as unknown as Machine;
  await expect(uninstallApk([{ name: 'greeter', version: '1.0-r1' }], { machine })).rejects.toMatchObject({
    kind: 'step-failed',
    where: 'the machine',
    message: expect.stringContaining('Unable to lock database'),
  });
  expect(asked.filter(([program]) => program === 'apk')).toHaveLength(1);
});
