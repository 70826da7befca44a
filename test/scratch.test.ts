import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { scratchFolder } from '../src/scratch.js';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'scratch-'));
  vi.stubEnv('TMPDIR', place);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

it('goes when it is disposed', async () => {
  {
    await using scratch = await scratchFolder('test');
    expect(existsSync(scratch.path)).toBe(true);
  }
  expect(readdirSync(place)).toEqual([]);
});

it('clears away what a killed process of this pid namespace left, and nothing of a living or foreign one', async () => {
  await using mine = await scratchFolder('test');
  const ended = spawnSync('true').pid;
  const left = basename(mine.path).replace(`-${process.pid}-`, `-${ended}-`);
  const foreign = left.replace(/\d+/, '1');
  for (const name of [left, foreign, 'reproman-test-0', 'other']) mkdirSync(join(place, name));
  await using second = await scratchFolder('test');
  expect(readdirSync(place).sort()).toEqual(
    [basename(mine.path), basename(second.path), foreign, 'reproman-test-0', 'other'].sort(),
  );
});
