import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Room } from './memory.js';

const socket = '/var/run/docker.sock';

/** Whether a Docker engine answers on its usual socket. */
export function engineAnswers(): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: '/_ping', timeout: 3000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}

/**
 * Starts a Docker engine in a session of its own where none answers, and in the room of the tests; undefined where one does already, text that says
 * why where it does not start. Disposing stops the engine that was started, and only that.
 */
export async function startEngine(room?: Room): Promise<AsyncDisposable | string | undefined> {
  if (await engineAnswers()) return undefined;
  if (process.getuid?.() !== 0)
    return 'No Docker engine answers, and only root can start one: sudo systemctl start docker';
  const file = join(tmpdir(), 'reproman-test-dockerd.log');
  const log = openSync(file, 'w');
  // What it mounts into containers are paths of the tests, which it has to see as they do.
  const [program = '', ...argv] = room
    ? room.enter(['dockerd', '--storage-driver=overlay2', '--data-root=/tmp/reproman-test-engine'])
    : ['dockerd', '--storage-driver=overlay2'];
  const engine = spawn(program, argv, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<'ended'>((resolve) => {
    engine.once('error', () => resolve('ended'));
    engine.once('exit', () => resolve('ended'));
  });
  for (let tries = 0; tries < 60; tries++) {
    if ((await Promise.race([ended, wait(1000)])) === 'ended') break;
    if (await engineAnswers()) return { [Symbol.asyncDispose]: () => stop(engine) };
  }
  await stop(engine);
  return `The Docker engine does not start; the end of ${file}:\n${readFileSync(file, 'utf8').slice(-2000)}`;
}

async function stop(engine: ChildProcess): Promise<void> {
  if (engine.pid === undefined || engine.exitCode !== null || engine.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => engine.once('exit', () => resolve()));
  engine.kill('SIGTERM');
  await Promise.race([ended, wait(20_000, undefined, { ref: false })]);
}
