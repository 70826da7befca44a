import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { offeredVersions } from '../support/archive.js';
import { administered, compiler, failing, ownPython, pipeline, python } from '../support/inputs.js';
import { place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';

const root = place('root');
afterAll(() => root[Symbol.asyncDispose]());

const prefix = '/opt/python';
const pythonInOpt = ownPython(prefix);

describe('traced in a bootstrapped root, rebuilt on rootfs', () => {
  beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

  it('gives jq and sort at the older of two offered versions', async () => {
    const traced = await root.trace(pipeline);
    await using rebuilt = await rebuild(traced, 'rootfs');
    const { stdout } = await traced.cli.must(['exec', rebuilt.name, '--', 'dpkg-query', '-W', 'jq']);
    const offered = await offeredVersions('jq');
    expect(stdout).toBe(`jq\t${offered[0]}\n`);
    expect(offered.length).toBeGreaterThan(1);
    expect(readFileSync(join(traced.folder, 'sorted.txt'), 'utf8')).toBe('9 Bo\n31 Zoë\n36 Ada\n');
  });

  it.each([
    ['Python with sqlite3, json and xml', python],
    ['a compiler, a linker and what they made', compiler],
    ['a command that fails half-way', failing],
    ['an administered system', administered],
  ])('proves and runs again: %s', async (_title, input) => {
    const traced = await root.trace(input);
    await using _rebuilt = await rebuild(traced, 'rootfs');
    const { runs } = parse(readFileSync(traced.spec, 'utf8')) as { runs: { exit?: number }[] };
    expect(runs.map(({ exit = 0 }) => exit)).toEqual([input.code ?? 0]);
  });

  it('carries a Python in /opt that no package owns, as one tree', async () => {
    const traced = await root.trace(pythonInOpt);
    await using _rebuilt = await rebuild(traced, 'rootfs');
    const { files } = parse(readFileSync(traced.spec, 'utf8')) as { files: { path: string; tree?: object }[] };
    expect(files.filter(({ tree }) => tree).map(({ path }) => path)).toEqual([prefix]);
  });
});

describe('traced in a bootstrapped root, rebuilt on Docker', () => {
  beforeEach(needs({ root: true, docker: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

  it.each([
    ['jq and sort', pipeline],
    ['Python with sqlite3, json and xml', python],
    ['a compiler, a linker and what they made', compiler],
  ])('is the same tree, and runs again: %s', async (_title, input) => {
    await using rebuilt = await rebuild(await root.trace(input), 'docker');
    expect(rebuilt.proof.ok).toBe(true);
  });
});
