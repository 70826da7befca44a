import { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type Docker from 'dockerode';
import { expect, it } from 'vitest';
import { execInContainer } from '../../src/machines/engine/container-exec.js';
import { streamFrom } from '../../src/machines/tar-command.js';

/** A container whose programs write `output` and end when `end` says so; those that bring a signal end last of all. */
function containerOf(output: string, end: Promise<void>) {
  const programs: { readonly isSignal: boolean; isRunning: boolean }[] = [];
  const exec = async ({ Cmd: argv }: { Cmd: readonly string[] }) => {
    const program = { isSignal: argv.some((part) => part.includes('kill -s')), isRunning: true };
    programs.push(program);
    const over = program.isSignal ? end.then(() => wait(30)) : end;
    void over.then(() => {
      program.isRunning = false;
    });
    return {
      start: async () => (program.isSignal ? Readable.from([]) : streamOf(output, end)),
      inspect: async () => ({ Running: program.isRunning, ExitCode: program.isRunning ? null : 0 }),
    };
  };
  return { programs, container: { exec } as unknown as Docker.Container };
}

/** One frame of standard output, and then nothing until the program ends. */
function streamOf(output: string, end: Promise<void>): Duplex {
  const frame = Buffer.alloc(8);
  frame[0] = 1;
  frame.writeUInt32BE(output.length, 4);
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  stream.push(Buffer.concat([frame, Buffer.from(output)]));
  void end.then(() => stream.push(null));
  return stream;
}

it('brings no signal into a container for a program that ended by itself', async () => {
  const { container, programs } = containerOf('done', Promise.resolve());
  const child = await execInContainer(container, ['true']);
  expect(await text(streamFrom(async () => child, undefined, 'Reading'))).toBe('done');
  child.kill('SIGTERM');
  expect(programs).toEqual([{ isSignal: false, isRunning: false }]);
});

it('has not ended before the program that brought it a signal', async () => {
  const { container, programs } = containerOf('more', wait(20));
  const child = await execInContainer(container, ['yes']);
  child.kill('SIGTERM');
  expect(await child.exited).toEqual({ code: 0 });
  expect(programs).toEqual([
    { isSignal: false, isRunning: false },
    { isSignal: true, isRunning: false },
  ]);
});

it('ends a program whose output nobody reads any more', async () => {
  const { container, programs } = containerOf('more', new Promise(() => undefined));
  const output = streamFrom(() => execInContainer(container, ['yes']), undefined, 'Reading');
  for await (const _chunk of output) break;
  await expect.poll(() => programs.some(({ isSignal }) => isSignal)).toBe(true);
});
