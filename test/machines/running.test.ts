import { expect, it } from 'vitest';
import type { Process } from '../../src/machines/machine.js';
import { Running } from '../../src/machines/running.js';

function processThat(ends: (end: () => void) => void) {
  const killed: string[] = [];
  let end = () => {};
  const exited = new Promise<{ code: number }>((resolve) => {
    end = () => resolve({ code: 0 });
  });
  const kill = (signal: string) => {
    killed.push(signal);
    end();
  };
  ends(end);
  return { process: { exited, kill } as unknown as Process, killed };
}

it('waits for a process whose output has ended before it has', async () => {
  const running = new Running();
  let hasEnded = false;
  const { process, killed } = processThat((end) => {
    setTimeout(() => {
      hasEnded = true;
      end();
    }, 50);
  });
  running.add(process);
  await running.end(5000);
  expect({ hasEnded, killed }).toEqual({ hasEnded: true, killed: [] });
});

it('kills what goes on though nobody waits for it', async () => {
  const running = new Running();
  const { process, killed } = processThat(() => {});
  running.add(process);
  await running.end(20);
  expect(killed).toEqual(['SIGKILL']);
});

it('forgets a process that failed to start', async () => {
  const running = new Running();
  const exited = Promise.reject(new Error('no such container'));
  running.add({ exited, kill: () => expect.unreachable() } as unknown as Process);
  await running.end(20);
});
