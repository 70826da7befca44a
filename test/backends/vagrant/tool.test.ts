import { expect, it } from 'vitest';
import { complaintOf, stateIn, vagrantInTurn } from '../../../backends/vagrant/tool.js';
import type { Machine } from '../../../src/machines/machine.js';

it.each([
  ['1795300858,default,metadata,provider,libvirt\n1795300858,default,state,running\n', 'running'],
  ['1795300858,default,state,shutoff\n1795300858,default,state-human-short,shutoff\n', 'stopped'],
  ['1795300858,default,state,poweroff\n', 'stopped'],
  ['1795300858,default,state,not_created\n', 'missing'],
  ['', 'missing'],
] as const)('reads what the machine does from %j', (status, state) => {
  expect(stateIn(status)).toBe(state);
});

it('gives what Vagrant says of an error in one line', () => {
  const stderr = Buffer.from('There was an error talking to Libvirt.\r\n\n  Call failed\n');
  expect(complaintOf({ exit: { code: 1 }, stderr })).toBe('There was an error talking to Libvirt. Call failed');
  expect(complaintOf({ exit: { code: 3 }, stderr: Buffer.from('') })).toBe('exit code 3');
});

it('waits for a Vagrant that a killed create left at the machine, and for nothing else', async () => {
  const busy = "An action 'destroy' was attempted,\nbut another process is already executing an action on the machine.";
  const complaints = [busy, busy, ''];
  const run = async () => {
    const stderr = complaints.shift() ?? 'No such machine.';
    return { exit: { code: stderr === '' ? 0 : 1 }, stdout: Buffer.alloc(0), stderr: Buffer.from(stderr) };
  };
  const here = { shell: { run } } as unknown as Machine;
  await vagrantInTurn(here, ['destroy'], { pause: 1 });
  expect(complaints).toEqual([]);
  await expect(vagrantInTurn(here, ['destroy'], { pause: 1 })).rejects.toThrow('No such machine.');
});
