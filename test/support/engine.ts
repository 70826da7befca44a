import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

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
 * Starts a Docker engine in a session of its own where none answers; undefined where one does already or we may not.
 * Disposing stops the engine that was started, and only that.
 */
export async function startEngine(): Promise<AsyncDisposable | undefined> {
  if (process.getuid?.() !== 0 || (await engineAnswers())) return undefined;
  const log = openSync(join(tmpdir(), 'reproman-test-dockerd.log'), 'w');
  const engine = spawn('dockerd', ['--storage-driver=overlay2'], { detached: true, stdio: ['ignore', log, log] });
  const failed = new Promise<'failed'>((resolve) => {
    engine.once('error', () => resolve('failed'));
    engine.once('exit', () => resolve('failed'));
  });
  for (let tries = 0; tries < 60; tries++) {
    if ((await Promise.race([failed, wait(1000)])) === 'failed') return undefined;
    if (await engineAnswers()) return { [Symbol.asyncDispose]: () => stop(engine) };
  }
  await stop(engine);
  return undefined;
}

async function stop(engine: ChildProcess): Promise<void> {
  if (engine.exitCode !== null || engine.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => engine.once('exit', () => resolve()));
  engine.kill('SIGTERM');
  await Promise.race([ended, wait(20_000, undefined, { ref: false })]);
}
