import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { offeredVersions } from '../support/archive.js';
import { administered, compiler, failing, ownPython, pipeline, python } from '../support/inputs.js';
import { loop } from '../support/loop.js';
import { needs } from '../support/needs.js';

describe('traced in a bootstrapped root, rebuilt on rootfs', () => {
  beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

  it('rebuilds jq and sort at the older of two offered versions', async () => {
    await using done = await loop(pipeline, { origin: 'root', backend: 'rootfs' });
    const { stdout } = await done.cli.must(['exec', done.name, '--', 'dpkg-query', '-W', 'jq']);
    const offered = await offeredVersions('jq');
    expect(stdout).toBe(`jq\t${offered[0]}\n`);
    expect(offered.length).toBeGreaterThan(1);
    expect(readFileSync(join(done.folder, 'sorted.txt'), 'utf8')).toBe('9 Bo\n31 Zoë\n36 Ada\n');
  });

  it.each([
    ['Python with sqlite3, json and xml', python],
    ['a Python that no package owns', ownPython],
    ['a compiler, a linker and what they made', compiler],
    ['an administered system', administered],
    ['a command that fails half-way', failing],
  ])('proves and runs again: %s', async (_title, input) => {
    await using done = await loop(input, { origin: 'root', backend: 'rootfs' });
    expect(done.created.code).toBe(0);
    expect(readFileSync(done.spec, 'utf8')).toContain('debian');
  });
});

describe('traced on this machine as it is, rebuilt on rootfs', () => {
  beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', 'jq', 'gcc', '/usr/bin/python3'] }));

  it.each([
    ['jq and sort', pipeline],
    ['Python with sqlite3, json and xml', python],
    ['a compiler, a linker and what they made', compiler],
    ['a command that fails half-way', failing],
  ])('proves and runs again: %s', async (_title, input) => {
    await using done = await loop(input, { origin: 'host', backend: 'rootfs' });
    expect(done.traced.code).toBe(input.code ?? 0);
  });
});
