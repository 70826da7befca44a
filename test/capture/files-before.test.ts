import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import type { CaptureOptions } from '../../src/capture/request.js';
import { sha256 } from '../../src/hash.js';
import type { Access, ContentBefore, Use } from '../../src/model/access.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { pathFromText } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from './fixture-root.js';

let root: FixtureRoot;
let output: string;
let kept: string;

beforeEach(async () => {
  root = await fixtureRoot();
  output = join(root.folder, '..', 'environment.yml');
  kept = await mkdtemp(join(root.folder, '..', 'kept-'));
});

afterEach(async () => {
  await rm(kept, { recursive: true, force: true });
  await root[Symbol.asyncDispose]();
});

/** An access to a file that the run changed, of which the tracer kept what it was. */
async function changed(path: string, content: string, uses: Use[], more: Partial<ContentBefore> = {}): Promise<Access> {
  const copy = join(kept, sha256(path));
  await writeFile(copy, content);
  const facts = { mode: 0o640, uid: 1000, gid: 1000, mtime: 1_700_000_000.5 };
  return {
    path: pathFromText(path),
    uses,
    before: { hash: sha256(content), size: content.length, ...facts, kept: copy, ...more },
  };
}

async function captured(accesses: readonly Access[], options: CaptureOptions = {}) {
  const trace = traceOf([access('/usr/bin/hello', 'executed'), ...accesses]);
  await capture({ traces: [trace], machine: root.machine, output, options: { repack: 'none', ...options } });
  const spec = await readSpecification(output);
  const entries = new Map<string, FileEntry>();
  for await (const entry of spec.snapshot()) entries.set(entry.path, entry);
  const recorded = await spec.trace('hello');
  const beforeOf = (path: string) => recorded?.accesses.find((one) => one.path === path)?.before;
  return { spec, run: spec.manifest.runs[0], entries, beforeOf };
}

describe('what the run changed', () => {
  it('is an input with the content that it had, and an output with the one that it got', async () => {
    await root.file('/home/ada/work/table.csv', 'a,b\n1,2\n');
    const { run, spec, beforeOf } = await captured([
      await changed('/home/ada/work/table.csv', 'a,b\n', ['read', 'written']),
    ]);
    expect(run?.inputs).toContainEqual({ path: '/home/ada/work/table.csv', sha256: sha256('a,b\n'), size: 4 });
    expect(run?.outputs).toMatchObject([{ path: '/home/ada/work/table.csv', sha256: sha256('a,b\n1,2\n') }]);
    expect(await spec.contents.has(sha256('a,b\n'))).toBe(false);
    expect(beforeOf('/home/ada/work/table.csv')).toEqual({
      hash: sha256('a,b\n'),
      size: 4,
      mode: 0o640,
      uid: 1000,
      gid: 1000,
      mtime: 1_700_000_000.5,
    });
  });

  it('is carried as it was under the rules for its kind, with its mode and time, though the run took it away', async () => {
    const script = '#!/bin/sh\nexit 0\n';
    const { run, spec, entries } = await captured([
      await changed('/home/ada/work/once.sh', script, ['read', 'removed']),
      await changed('/home/ada/work/rows.csv', '1\n', ['removed']),
    ]);
    const size = script.length;
    expect(run?.inputs).toEqual(
      expect.arrayContaining([
        { path: '/home/ada/work/once.sh', sha256: sha256(script), size, carried: true },
        { path: '/home/ada/work/rows.csv', sha256: sha256('1\n'), size: 2 },
      ]),
    );
    expect(await spec.contents.has(sha256(script))).toBe(true);
    expect(entries.get('/home/ada/work/once.sh')).toMatchObject({ mode: 0o640, uid: 1000, mtime: 1_700_000_000 });
    expect(entries.has('/home/ada/work/rows.csv')).toBe(false);
  });

  it('is carried as data where that is asked for', async () => {
    await root.file('/home/ada/work/table.csv', 'new\n');
    const table = await changed('/home/ada/work/table.csv', 'old\n', ['read', 'written']);
    const { run, spec } = await captured([table], { carryInputs: true });
    expect(run?.inputs).toContainEqual(expect.objectContaining({ sha256: sha256('old\n'), carried: true }));
    expect(await spec.contents.has(sha256('old\n'))).toBe(true);
  });

  it('is no input where the run only wrote over it', async () => {
    await root.file('/home/ada/work/result.csv', 'new\n');
    const result = await changed('/home/ada/work/result.csv', 'old\n', ['written'], { overwritten: true });
    const { run, beforeOf } = await captured([result]);
    expect(run?.inputs.map(({ path }) => path)).not.toContain('/home/ada/work/result.csv');
    expect(beforeOf('/home/ada/work/result.csv')).toMatchObject({ hash: sha256('old\n'), overwritten: true });
  });

  it('is an input as it is where only its rights were changed', async () => {
    const script = '#!/bin/sh\n';
    await root.file('/home/ada/work/tool.sh', script, 0o755);
    const path = pathFromText('/home/ada/work/tool.sh');
    const { run, spec, entries } = await captured([{ path, uses: ['read', 'executed', 'written'], before: 'same' }]);
    expect(spec.manifest.files).toMatchObject([{ path, sha256: sha256(script), carried: true }]);
    expect([run?.inputs, run?.outputs]).toEqual([[], []]);
    expect(entries.get(path)?.hash).toBe(sha256(script));
  });

  it('is not even known by its hash where it is private', async () => {
    await root.file('/home/ada/.ssh/id_ed25519', 'new key\n', 0o600);
    const paths = ['/home/ada/.ssh/id_ed25519', '/home/ada/.ssh/id_rsa'];
    const { run, spec, beforeOf } = await captured([
      await changed('/home/ada/.ssh/id_ed25519', 'old key\n', ['read', 'written']),
      await changed('/home/ada/.ssh/id_rsa', 'gone key\n', ['read', 'removed']),
    ]);
    expect(run?.inputs.filter(({ path }) => paths.includes(path))).toEqual([]);
    expect(paths.map(beforeOf)).toEqual(['unknown', 'unknown']);
    expect(await spec.contents.has(sha256('gone key\n'))).toBe(false);
  });
});
