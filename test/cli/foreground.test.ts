import { afterEach, expect, it, vi } from 'vitest';
import { runInForeground } from '../../src/cli/foreground.js';
import type { Interruption } from '../../src/cli/interruption.js';
import type { Machine, Process } from '../../src/machines/machine.js';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['a program of this machine', { pid: 42 }, true, 'SIGINT', []],
  ['a program of this machine', { pid: 42 }, true, 'SIGTERM', ['SIGTERM']],
  ['a program of this machine', { pid: 42 }, false, 'SIGINT', ['SIGINT']],
  ['a program elsewhere', {}, true, 'SIGINT', ['SIGINT']],
  ['a program elsewhere', {}, true, 'SIGQUIT', ['SIGQUIT']],
] as const)('gives %s %o, with a terminal: %s, after %s: %j', async (_, numbered, isTTY, signal, expected) => {
  const sent: string[] = [];
  let end = (_code: number) => {};
  const exited = new Promise<{ code: number }>((resolve) => {
    end = (code) => resolve({ code });
  });
  const child = { ...numbered, exited, kill: (name: string) => sent.push(name) } as unknown as Process;
  const machine = { shell: { spawn: async () => child } } as unknown as Machine;
  vi.spyOn(process, 'stdin', 'get').mockReturnValue({ isTTY } as never);
  const interruption = {
    handOver(take: (name: NodeJS.Signals) => void) {
      take(signal);
      end(7);
      return { [Symbol.dispose]() {} };
    },
  } as unknown as Interruption;
  expect(await runInForeground(machine, ['true'], {}, interruption)).toEqual({ code: 7 });
  expect(sent).toEqual(expected);
});
