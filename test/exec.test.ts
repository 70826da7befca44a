import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ReproError } from '../src/errors.js';
import { findProgram, runProcess, spawnProcess } from '../src/exec.js';

describe('runProcess', () => {
  it('gives output and exit code of a program that fails, and throws nothing', async () => {
    const { exit, stdout, stderr } = await runProcess(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect([exit, stdout.toString(), stderr.toString()]).toEqual([{ code: 7 }, 'out\n', 'err\n']);
  });

  it('names the signal that ended a program', async () => {
    expect((await runProcess(['sh', '-c', 'kill -TERM $$'])).exit).toEqual({ code: 143, signal: 'SIGTERM' });
  });

  it('names a program that is missing', async () => {
    const error = await runProcess(['no-such-program-here']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReproError);
    expect(error).toMatchObject({ kind: 'not-ready', where: 'no-such-program-here' });
  });

  it('gives the environment it was told and nothing else', async () => {
    const { stdout } = await runProcess(['/usr/bin/env'], { environment: { ONLY: 'this' } });
    expect(stdout.toString()).toBe('ONLY=this\n');
  });

  it('survives a program that does not read its input', async () => {
    expect((await runProcess(['true'], { input: Buffer.alloc(1 << 20) })).exit.code).toBe(0);
  });

  it('sets the umask of the program alone', async () => {
    const before = process.umask();
    expect((await runProcess(['sh', '-c', 'umask'], { umask: 0o037 })).stdout.toString()).toBe('0037\n');
    expect(process.umask()).toBe(before);
  });

  it('enters a folder whose name is not UTF-8', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'exec-'));
    mkdirSync(Buffer.from(`${folder}/caf\xe9`, 'latin1'));
    const { stdout } = await runProcess(['/bin/pwd', '-P'], { cwd: `${folder}/caf\xe9` });
    expect(stdout.toString('latin1')).toBe(`${folder}/caf\xe9\n`);
    rmSync(folder, { recursive: true });
  });

  it('says that a working directory is missing, not the program', async () => {
    await expect(runProcess(['true'], { cwd: '/no/such/folder' })).rejects.toThrow(/working directory/);
  });
});

describe('spawnProcess', () => {
  it('ends the whole process group when aborted', async () => {
    const stop = new AbortController();
    const child = spawnProcess(['sh', '-c', 'sleep 50 & echo $!; wait'], { signal: stop.signal });
    const [pid] = (await child.stdout?.iterator({ destroyOnReturn: false }).next())?.value.toString().split('\n') ?? [];
    stop.abort();
    expect(await child.exited).toEqual({ code: 143, signal: 'SIGTERM' });
    await expect.poll(() => isRunning(Number(pid))).toBe(false);
  });
});

describe('findProgram', () => {
  it('finds what execvp would', () => {
    expect(findProgram('sh', '/nowhere:/bin')).toBe('/bin/sh');
    expect(findProgram('sh', '/nowhere')).toBeUndefined();
  });
});

/** A process that has ended but that nobody has waited for yet is not running. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
