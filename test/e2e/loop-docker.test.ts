import { beforeEach, expect, it } from 'vitest';
import { compiler, pipeline, python } from '../support/inputs.js';
import { loop } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

it.each([
  ['jq and sort', pipeline],
  ['Python with sqlite3, json and xml', python],
  ['a compiler, a linker and what they made', compiler],
])('proves and runs again in a container: %s', async (_title, input) => {
  await using done = await loop(input, { origin: 'root', backend: 'docker' });
  expect(done.created.code).toBe(0);
});
