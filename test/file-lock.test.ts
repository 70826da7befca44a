import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../src/file-lock.js';
import { currentProcess } from '../src/process-identity.js';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('lets one at a time do its work, and leaves nothing behind', async () => {
  let atWork = 0;
  const most: number[] = [];
  const work = async () => {
    most.push(++atWork);
    await sleep(2);
    atWork--;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(lock, work)));
  expect(most).toEqual(Array.from({ length: 8 }, () => 1));
  expect(readdirSync(folder)).toEqual([]);
});

it('is given back when the work fails', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
  expect(await withLock(lock, async () => 'done')).toBe('done');
});

it('makes the folder that it lies in', async () => {
  expect(await withLock(join(folder, 'some/place/lock'), async () => 'done')).toBe('done');
});

it('waits for a process that lives, for as long as it is told to', async () => {
  const { pid, started } = await currentProcess();
  symlinkSync(`${pid}:${started}`, lock);
  await expect(withLock(lock, async () => 'done', { patience: 10 })).rejects.toMatchObject({
    kind: 'not-ready',
    where: lock,
  });
});

it.each([
  ['a process that ended', () => symlinkSync(`${process.pid}:long ago`, lock)],
  ['who is not named', () => symlinkSync('nobody', lock)],
  ['what is no link', () => writeFileSync(lock, '')],
])('is taken over from %s', async (_who, hold) => {
  hold();
  expect(await withLock(lock, async () => 'done', { patience: 0 })).toBe('done');
  expect(readdirSync(folder)).toEqual([]);
});
