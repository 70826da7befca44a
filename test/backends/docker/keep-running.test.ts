import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { keepRunning, stopContainer } from '../../../backends/docker/keep-running.js';

interface Exec {
  readonly Running: boolean;
  readonly ProcessConfig: { readonly arguments: readonly string[] };
}

/** An engine with one container, which notes what it is asked to do. */
function engineWith(execs: readonly Exec[], answers: Readonly<Record<string, number>> = {}) {
  const asked: string[] = [];
  const answer = async (what: string) => {
    asked.push(what);
    const statusCode = answers[what];
    if (statusCode !== undefined) throw Object.assign(new Error(what), { statusCode });
  };
  const container = {
    start: () => answer('start'),
    stop: () => answer('stop'),
    inspect: async () => ({ ExecIDs: execs.map((_, index) => String(index)) }),
    exec: async ({ Cmd }: { Cmd: string[] }) => {
      asked.push(`exec ${Cmd.at(-1)}`);
      return { start: async () => ({ resume: () => undefined }) };
    },
  };
  const engine = { getExec: (id: string) => ({ inspect: async () => execs[Number(id)] }) };
  return { engine: engine as unknown as Docker, container: container as unknown as Docker.Container, asked };
}

const program = (Running: boolean, ...words: string[]): Exec => ({ Running, ProcessConfig: { arguments: words } });

describe('a container that is to run until it is stopped', () => {
  it('is started, and given a program that waits, so that it is in use', async () => {
    const { engine, container, asked } = engineWith([program(true, 'make'), program(false, 'reproman-start')], {
      start: 304,
    });
    await keepRunning(engine, container);
    expect(asked).toEqual(['start', 'exec reproman-start']);
  });

  it('is given that program once', async () => {
    const { engine, container, asked } = engineWith([program(true, '-c', '...', 'reproman-start')]);
    await keepRunning(engine, container);
    expect(asked).toEqual(['start']);
  });

  it.each([304, 404])('need not be stopped where it is stopped or gone (%i)', async (status) => {
    await stopContainer(engineWith([], { stop: status }).container);
  });

  it('tells why it cannot be stopped', async () => {
    await expect(stopContainer(engineWith([], { stop: 500 }).container)).rejects.toThrow('stop');
  });
});
