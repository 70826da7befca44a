import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { needs, shared } from '../../support/needs.js';
import { must, run } from '../../support/run.js';
import { buildFixture, openWorkshop, type Workshop } from '../../support/tracing/native-tracer.js';

const processes = 100_000;
const looks = 50;
const mostMemory = 200_000_000;

let workshop: Workshop;

const prepare = shared(async () => {
  workshop = await openWorkshop();
  await buildFixture('load', workshop.at('load'));
});

beforeEach(needs({ programs: ['cc', '/usr/include/stdlib.h'] }));
beforeEach(prepare);
afterAll(() => workshop?.[Symbol.dispose]());

describe('a large run', () => {
  it('is told whole, in little memory', async () => {
    const log = workshop.at('large');
    const child = start('--log', log, '--', './load', String(processes), String(looks));
    const peaks = await peakMemory(child);
    const peak = peaks.reduce((sum, each) => sum + each, 0);
    expect(child.exitCode).toBe(0);
    expect(await count(log)).toEqual({ process: processes + 1, exit: processes + 1, look: processes * looks, end: 1 });
    process.stdout.write(
      `${processes} processes, ${processes * looks} looks: the tracer's ${peaks.length} processes had ${peaks.join(' + ')} bytes at most\n`,
    );
    expect(peak).toBeLessThan(mostMemory);
    rmSync(log);
  });
});

describe('a log that cannot go on', () => {
  it('is told where the disk is full, and the command goes on unharmed', async (context) => {
    await needs({ root: true })(context);
    const small = workshop.at('small');
    mkdirSync(small);
    await must(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]);
    try {
      const line = './load 300 50 && echo finished';
      const { stdout, stderr } = await run([workshop.tracer, '--log', `${small}/log`, '--', 'sh', '-c', line], {
        cwd: workshop.folder,
      });
      expect(stdout).toBe('finished\n');
      expect(stderr).toContain('No space left');
      const lines = readFileSync(`${small}/log`, 'latin1').split('\n').slice(0, -1);
      expect(lines.length).toBeGreaterThan(100);
      for (const each of lines) expect(() => JSON.parse(each)).not.toThrow();
    } finally {
      await must(['umount', small]);
    }
  });

  it('is readable when the tracer is killed, and no process is left', async () => {
    const log = workshop.at('killed');
    const line = 'cat /etc/hostname; sleep 71 & setsid sleep 72 & sh -c "sleep 73; true"';
    const child = start('--log', log, '--', 'sh', '-c', line);
    const sleepers = async () => (await run(['pgrep', '-x', '-f', 'sleep 7[123]'])).stdout.trim().split('\n');
    await vi.waitFor(async () => expect(await sleepers()).toHaveLength(3), 10_000);
    child.kill('SIGKILL');
    await vi.waitFor(async () => expect(await sleepers()).toEqual(['']), 10_000);
    const told = readFileSync(log, 'latin1');
    const events = told
      .split('\n')
      .slice(0, -1)
      .map((each) => JSON.parse(each) as { event: string; path?: string });
    expect(events[0]?.event).toBe('begin');
    expect(events.some(({ path }) => path === '/etc/hostname')).toBe(true);
    expect(events.some(({ event }) => event === 'end')).toBe(false);
  });
});

function start(...args: readonly string[]): ChildProcess {
  return spawn(workshop.tracer, args, { cwd: workshop.folder, stdio: 'ignore' });
}

/** The most memory that each process of the tracer ever had, all its threads included: front and tracer at least. */
async function peakMemory(child: ChildProcess): Promise<number[]> {
  const peaks = new Map<number, number>();
  const timer = setInterval(() => {
    for (const pid of tracers()) peaks.set(pid, mostMemoryOf(pid) ?? peaks.get(pid) ?? 0);
  }, 200);
  await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  expect(peaks.size).toBeGreaterThanOrEqual(2);
  return [...peaks.values()];
}

/** All processes that are the tracer's program, whoever started them. */
function tracers(): number[] {
  return readdirSync('/proc').map(Number).filter(isTracer);
}

function isTracer(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === workshop.tracer;
  } catch {
    return false;
  }
}

function mostMemoryOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** Counts what is to be there exactly once; a look that is told twice, or not at all, is an error by itself. */
async function count(log: string): Promise<Record<string, number>> {
  const counts = { process: 0, exit: 0, look: 0, end: 0 };
  const seen = new Uint8Array(processes * looks);
  for await (const line of createInterface({ input: createReadStream(log, { highWaterMark: 1 << 20 }) })) {
    const look = /look-p(\d+)l(\d+)"/.exec(line);
    if (look) {
      const at = Number(look[1]) * looks + Number(look[2]);
      if (seen[at] === 1) throw new Error(`told twice: ${line}`);
      seen[at] = 1;
      counts.look++;
      continue;
    }
    const event = /"event":"(process|exit|end)"/.exec(line)?.[1] as keyof typeof counts | undefined;
    if (event) counts[event]++;
  }
  return counts;
}
