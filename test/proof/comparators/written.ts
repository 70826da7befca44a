import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Comparison } from '../../../src/proof/comparison/comparator.js';
import { compareContents } from '../../../src/proof/comparison/compare.js';
import type { Comparator } from '../../../src/spec/document/comparators.js';

export const systemPython = '/usr/bin/python3';

/** A folder in which real programs write the files of a test, until its file is done. */
export function workshop() {
  const folder = mkdtempSync(join(tmpdir(), 'comparators-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write: (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content),
    read: (name: string) => readFileSync(join(folder, name)),
    run([program = '', ...args]: readonly string[], environment: Readonly<Record<string, string>> = {}): Buffer {
      const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: folder,
        env: { ...process.env, LC_ALL: 'C.UTF-8', ...environment },
        maxBuffer: 1 << 28,
      });
      expect(status, stderr?.toString()).toBe(0);
      return stdout;
    },
    python(script: string, ...args: readonly string[]): Buffer {
      return this.run([systemPython, '-I', '-c', script, ...args]);
    },
  };
}

export function compare(
  expected: string | Buffer,
  found: string | Buffer,
  comparator: Comparator,
): Promise<Comparison> {
  return compareContents(Buffer.from(expected), Buffer.from(found), comparator);
}

/** Where two contents differ, and how; nothing where they are equal. */
export async function differences(expected: string | Buffer, found: string | Buffer, comparator: Comparator) {
  const comparison = await compare(expected, found, comparator);
  if (comparison.verdict === 'unproved') throw new Error(comparison.why);
  return comparison.verdict === 'equal'
    ? []
    : comparison.differences.map(({ at, expected: one, found: other }) => `${at}: ${one} | ${other}`);
}
