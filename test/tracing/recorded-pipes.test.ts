import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import type { Trace } from '../../src/model/access.js';
import { needs } from '../support/needs.js';

const driver = new URL('../e2e/tracing/driver.ts', import.meta.url).pathname;
let work: string;

beforeEach(needs({ programs: ['strace', 'mkfifo', 'bash'] }));
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'reproman-pipes-'));
});
afterEach(async () => rm(work, { recursive: true, force: true }));

/** A shell pipeline, as a user types it, in which `trace` stands for the tracer: what it printed, and the streams. */
async function pipeline(script: string) {
  const file = join(work, 'trace.json');
  const trace = `"${process.execPath}" --import tsx "${driver}" "${file}"`;
  const child = spawn('bash', ['-c', `set -o pipefail; trace() { ${trace} "$@"; }; ${script}`]);
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  const { conditions, exit } = JSON.parse(await readFile(file, 'utf8')) as Trace;
  return { printed, code, exit, streams: conditions.streams };
}

describe('what a command writes to a pipe', () => {
  it('is passed on as it is, and its content is known', async () => {
    const { printed, streams } = await pipeline("trace sh -c 'test -p /dev/stdout && echo one && echo two' | cat");
    expect(printed).toBe('one\ntwo\n');
    expect(streams.stdout).toEqual({ kind: 'pipe', content: { hash: sha256('one\ntwo\n'), size: 8 } });
  });

  it('keeps the order of two streams that are one pipe', async () => {
    const script = "trace sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done' 2>&1 | cat";
    const { printed, streams } = await pipeline(script);
    expect(printed).toBe([1, 2, 3, 4, 5, 6, 7, 8, 9].map((at) => `o${at}\ne${at}\n`).join(''));
    expect(streams.stderr).toEqual({ kind: 'pipe', withStdout: true });
    expect(streams.stdout.content?.hash).toBe(sha256(printed));
  });

  it('ends the command when its reader goes away, and is not taken for all that it would have written', async () => {
    const { printed, exit, streams } = await pipeline('trace yes | head -n 1');
    expect(printed).toBe('y\n');
    expect(exit).toEqual({ code: 141, signal: 'SIGPIPE' });
    expect(streams.stdout).toEqual({ kind: 'pipe' });
  });

  it('holds the command up while its reader does not read', async () => {
    const file = join(work, 'count');
    const writer = `i=0; while [ $i -lt 400 ]; do head -c 4096 /dev/zero; i=$((i + 1)); echo $i > "${file}"; done`;
    const waiting = `until [ -s "${file}" ]; do sleep 0.1; done; sleep 2`;
    const { printed } = await pipeline(`trace sh -c '${writer}' | { ${waiting}; cat "${file}"; cat > /dev/null; }`);
    // What fits into the pipes on the way, far from the 400 of an unbounded buffer.
    expect(Number(printed)).toBeGreaterThan(8);
    expect(Number(printed)).toBeLessThan(200);
  });
});
