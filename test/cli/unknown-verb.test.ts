import type { Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterEach, expect, it } from 'vitest';
import { unknownVerb } from '../../src/cli/unknown-verb.js';

afterEach(() => {
  process.exitCode = undefined;
});

it.each([
  ['trce', 2, "reproman: there is no verb 'trce'; did you mean trace? See reproman --help.\n"],
  [
    'trace:ls',
    125,
    "reproman trace: 'ls' is not expected before '--'. Write the command after two dashes: reproman trace ... -- ls\n",
  ],
  ['ls:foo', 2, "reproman ls: 'foo' is not expected. See reproman ls --help.\n"],
])('says what is wrong with %s', async (id, code, says) => {
  const config = { bin: 'reproman', commandIDs: ['trace', 'exec', 'ls'] } as Config;
  const { stderr } = await captureOutput(async () => unknownVerb.call({} as never, { id, config } as never), {
    print: false,
  });
  expect(stderr).toBe(says);
  expect(process.exitCode).toBe(code);
});
