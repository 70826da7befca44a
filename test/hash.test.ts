import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256OfStream } from '../src/hash.js';

it.each([[[]], [['one']], [['', 'one']], [['one', 'two', 'three']], [['', '']]])(
  'hashes the chunks %j as one content, whether or not their size is known',
  async (texts) => {
    const whole = texts.join('');
    const expected = { hash: createHash('sha256').update(whole).digest('hex'), size: whole.length };
    async function* chunks() {
      for (const text of texts) yield Buffer.from(text);
    }
    expect(await sha256OfStream(chunks())).toEqual(expected);
    expect(await sha256OfStream(chunks(), whole.length)).toEqual(expected);
  },
);
