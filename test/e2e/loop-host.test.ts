import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compiler, failing, ownPython, pipeline, python } from '../support/inputs.js';
import { place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', 'jq', 'gcc', '/usr/bin/python3'] }));

/** This machine as it is: older than its archive, without an upgrade first. */
const host = place('host');
afterAll(() => host[Symbol.asyncDispose]());

it.each([
  ['jq and sort', pipeline],
  ['Python with sqlite3, json and xml', python],
  ['a compiler, a linker and what they made', compiler],
  ['a command that fails half-way', failing],
])('traced on this machine, rebuilt on rootfs: %s', async (_title, input) => {
  const traced = await host.trace(input);
  await using _rebuilt = await rebuild(traced, 'rootfs');
  expect(traced.result.code).toBe(input.code ?? 0);
});

it("carries a version manager's Python as one tree", async () => {
  const { env } = await host.cli();
  const prefix = join(env['HOME'] ?? '', '.pyenv/versions/own');
  const traced = await host.trace(ownPython(prefix));
  await using _rebuilt = await rebuild(traced, 'rootfs');
  const { files } = parse(readFileSync(traced.spec, 'utf8')) as { files: { path: string; tree?: object }[] };
  expect(files.filter(({ tree }) => tree).map(({ path }) => path)).toEqual([prefix]);
});
