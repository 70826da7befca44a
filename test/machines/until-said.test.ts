import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { untilSaid } from '../../src/machines/until-said.js';

it('finds what comes in pieces after a greeting, and lets the output flow on', async () => {
  const output = new PassThrough({ highWaterMark: 4 });
  const said = untilSaid(output, /^ready (\d+)\n/m);
  for (const piece of ['welcome\nrea', 'dy 1', '2\n']) output.write(piece);
  expect((await said)?.[1]).toBe('12');
  for (let at = 0; at < 100; at++) output.write('more');
  await expect.poll(() => output.readableLength + output.writableLength).toBe(0);
  expect(output.destroyed).toBe(false);
});

it('is told when the program ends before', async () => {
  const output = new PassThrough();
  const said = untilSaid(output, /ready/);
  output.destroy();
  expect(await said).toBeUndefined();
  expect(await untilSaid(undefined, /ready/)).toBeUndefined();
});
