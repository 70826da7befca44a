import { expect, it } from 'vitest';
import type { Shell } from '../../src/machines/machine.js';
import { pathFromText } from '../../src/model/file-path.js';
import { runCommand } from '../../src/tracing/command.js';
import type { Engine } from '../../src/tracing/engine.js';
import type { Site } from '../../src/tracing/site.js';
import type { TraceOptions } from '../../src/tracing/tracer.js';

const engine = { arguments: () => [], rootOf: () => undefined, waitsItself: false } as unknown as Engine;
const site = { tracer: ['tracer'], log: pathFromText('/run/reproman/log') } as unknown as Site;
const options = { cwd: pathFromText('/'), environment: {} } as TraceOptions;

it('hands signals over while the command runs, and not a moment longer', async () => {
  const order: string[] = [];
  const shell = {
    spawn: async () => {
      order.push('started');
      return { exited: Promise.resolve({ code: 0 }).finally(() => order.push('ended')), kill: () => undefined };
    },
  } as unknown as Shell;
  const whileRunning = () => {
    order.push('handed over');
    return { [Symbol.dispose]: () => void order.push('taken back') };
  };
  const how = { ...options, whileRunning };
  await runCommand(['true'], { engine, site, shell, options: how, limitSetter: [], local: false });
  expect(order).toEqual(['handed over', 'started', 'ended', 'taken back']);
});

it('leaves the waiting to a tracer that knows how long', async () => {
  const exited = new Promise<{ code: number }>((resolve) => setTimeout(() => resolve({ code: 3 }), 50));
  const shell = { spawn: async () => ({ exited, kill: () => undefined }) } as unknown as Shell;
  const patient = { ...engine, rootOf: () => 2 ** 30, waitsItself: true };
  const context = { engine: patient, site: { ...site, log: pathFromText('/dev/null') }, shell, options };
  const { exit, isOver } = await runCommand(['true'], { ...context, limitSetter: [], local: true });
  expect([exit, isOver]).toEqual([{ code: 3 }, true]);
});

it('starts nothing when it was stopped before', async () => {
  const shell = { spawn: () => Promise.reject(new Error('started')) } as unknown as Shell;
  const how = { ...options, signal: AbortSignal.abort(new Error('stopped')) };
  await expect(
    runCommand(['true'], { engine, site, shell, options: how, limitSetter: [], local: false }),
  ).rejects.toThrow('stopped');
});
