import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { AskedEntry, Machine } from '../../src/machines/machine.js';
import type { FilePath } from '../../src/model/file-path.js';
import { readHeads } from '../../src/tracing/heads.js';

const path = '/tool' as FilePath;

/** A machine with one program, whose content cannot be read for this reason. */
function machineThatFails(reason: Error): Machine {
  async function* entries(paths: readonly FilePath[]): AsyncGenerator<AskedEntry> {
    for (const each of paths) {
      const type = each === path ? 'file' : 'directory';
      yield [each, { path: each, type, mode: 0o755, uid: 0, gid: 0, size: 9, mtime: 0 }];
    }
  }
  const stream = () =>
    new Readable({
      read() {
        this.destroy(reason);
      },
    });
  return { label: 'a machine', files: { entries, stream } } as unknown as Machine;
}

it('says of an unreadable program why', async () => {
  const denied = Object.assign(new Error('denied'), { code: 'EACCES' });
  const { unreadable } = await readHeads(machineThatFails(denied), [path]);
  expect([...unreadable]).toEqual([[path, 'EACCES']]);
});

it.each([
  ['a stop', Object.assign(new Error('stopped'), { name: 'AbortError', code: 'ABORT_ERR' })],
  ['a broken connection', new Error('the connection broke')],
])('does not take %s for an unreadable program', async (_, reason) => {
  await expect(readHeads(machineThatFails(reason), [path])).rejects.toBe(reason);
});
