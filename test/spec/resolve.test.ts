import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { ReproError } from '../../src/errors.js';
import { sha256 } from '../../src/hash.js';
import type { Lock } from '../../src/spec/document/schema.js';
import { readSpecification } from '../../src/spec/read.js';
import { changesBetween, resolveSpecification } from '../../src/spec/resolve.js';
import { access, fixtureRoot, traceOf } from '../capture/fixture-root.js';

function lockOf(packages: readonly { name: string; version: string; architecture: string }[]): Lock {
  const distributions = [{ name: 'debian', architecture: 'amd64', packages: [...packages] }];
  return { version: 1, manifest: '0'.repeat(64), epoch: 0, distributions, halves: {}, traces: {}, contents: {} };
}

describe('changesBetween', () => {
  it('names what moved, came and went', () => {
    const before = lockOf([
      { name: 'jq', version: '1.6-2', architecture: 'amd64' },
      { name: 'libc6', version: '2.36', architecture: 'amd64' },
      { name: 'libc6', version: '2.35', architecture: 'i386' },
      { name: 'old', version: '1', architecture: 'all' },
    ]);
    const after = lockOf([
      { name: 'jq', version: '1.7-1', architecture: 'amd64' },
      { name: 'libc6', version: '2.36', architecture: 'amd64' },
      { name: 'libc6', version: '2.36', architecture: 'i386' },
      { name: 'new', version: '2', architecture: 'all' },
    ]);
    expect(changesBetween(before, after)).toEqual([
      'debian jq 1.6-2 -> 1.7-1',
      'debian libc6:i386 2.35 -> 2.36',
      'debian new 2 added',
      'debian old 1 removed',
    ]);
  });

  it('tells packages of the same name apart by their distribution', () => {
    const both = (debian: string, conda: string) => {
      const [half] = lockOf([{ name: 'jq', version: debian, architecture: 'amd64' }]).distributions;
      const other = { name: 'conda', packages: [{ name: 'jq', version: conda }] };
      return { ...lockOf([]), distributions: half ? [half, other] : [] };
    };
    expect(changesBetween(both('1.6-2', '1.7'), both('1.7-1', '1.7'))).toEqual(['debian jq 1.6-2 -> 1.7-1']);
  });
});

describe('resolveSpecification', () => {
  it('uses a lock that belongs to the manifest as it is', async () => {
    await using root = await fixtureRoot();
    const output = join(root.folder, '..', 'environment.yml');
    const traces = [traceOf([access('/usr/bin/hello', 'executed')])] as const;
    await capture({ traces, machine: root.machine, output, options: { repack: 'none' } });
    const spec = await readSpecification(output);
    const resolved = await resolveSpecification(spec, { host: root.machine });
    expect(resolved.lock).toBe(spec.lock);
    expect(resolved.changes).toEqual([]);
    expect(resolved.lock.distributions.map(({ name }) => name)).toEqual(['debian']);
  });

  it('takes content that somebody put beside an edited manifest', async () => {
    await using root = await fixtureRoot();
    const output = join(root.folder, '..', 'environment.yml');
    await root.file('/opt/run.sh', '#!/bin/sh\n', 0o755);
    const traces = [traceOf([access('/usr/bin/hello', 'executed'), access('/opt/run.sh', 'executed')])] as const;
    await capture({ traces, machine: root.machine, output, options: { repack: 'none' } });
    const edited = (await readFile(output, 'utf8')).replace(sha256('#!/bin/sh\n'), sha256('edited'));
    await writeFile(output, edited);
    await expect(readSpecification(output)).rejects.toThrow('is said to be carried, and is not');
    await writeFile(join(root.folder, '../environment.d/contents', sha256('edited')), 'edited');
    const { lock } = await resolveSpecification(await readSpecification(output), { host: root.machine });
    expect(lock.contents).toMatchObject({ [sha256('edited')]: 6 });
  });

  it('refuses a base that is no distribution', async () => {
    await using root = await fixtureRoot();
    const file = join(root.folder, '..', 'hand.yml');
    await writeFile(file, 'version: 1\nbase: { distribution: gentoo, release: "1", architecture: amd64 }\n');
    const spec = await readSpecification(file);
    expect([spec.lock, spec.stale]).toEqual([undefined, undefined]);
    await expect(resolveSpecification(spec, { host: root.machine })).rejects.toThrow(
      'there is no distribution "gentoo"',
    );
    expect(await readFile(file, 'utf8')).toContain('gentoo');
  });
});

describe('readSpecification', () => {
  it.each([
    ['nothing there', 'absent.yml', 'there is no such spec'],
    ['a folder', '', 'a folder was given where a spec is expected'],
    ['bytes that are no text', 'binary.yml', 'not a text file in UTF-8, so not a spec'],
  ])('says so of %s', async (_case, name, message) => {
    await using root = await fixtureRoot();
    await writeFile(join(root.folder, 'binary.yml'), Buffer.from([0xff, 0xfe, 0]));
    const failure = await readSpecification(join(root.folder, name)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ReproError);
    expect((failure as ReproError).message).toBe(message);
  });
});
