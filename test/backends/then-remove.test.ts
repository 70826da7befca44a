import { once } from 'node:events';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { thenRemove } from '../../backends/then-remove.js';

function watched(): { readonly stream: Readable; readonly tar: Readable; readonly removals: () => number } {
  let count = 0;
  const tar = Readable.from([Buffer.from('first'), Buffer.from('second')]);
  const remove = async () => {
    expect(tar.destroyed).toBe(true);
    count++;
  };
  return { stream: thenRemove(tar, remove), tar, removals: () => count };
}

it('removes what it is made from once all is read', async () => {
  const { stream, removals } = watched();
  expect(Buffer.concat(await stream.toArray()).toString()).toBe('firstsecond');
  expect(removals()).toBe(1);
});

it.each([
  ['before it is read', undefined, async () => undefined],
  ['before it is read, with an error', new Error('aborted'), async () => undefined],
  ['in the middle', undefined, (stream: Readable) => once(stream, 'readable')],
])('removes what it is made from when it is destroyed %s', async (_when, error, read) => {
  const { stream, tar, removals } = watched();
  const errors: unknown[] = [];
  stream.on('error', (each) => errors.push(each));
  await read(stream);
  stream.destroy(error);
  await new Promise((resolve) => stream.once('close', resolve));
  expect([tar.destroyed, removals(), errors]).toEqual([true, 1, error ? [error] : []]);
});

it('says why what it is made from could not be removed', async () => {
  const stream = thenRemove(Readable.from([]), async () => {
    throw new Error('still busy');
  });
  stream.destroy();
  await expect(once(stream, 'close')).rejects.toThrow('still busy');
});
