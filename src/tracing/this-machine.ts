import type { Machine } from '../machines/machine.js';

/** Whether a machine is the one that this process runs on, where a command can have our own streams. */
export function isThisMachine(machine: Machine): boolean {
  return machine.label === 'this machine';
}
