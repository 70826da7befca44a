import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { formatSummary } from '../../src/capture/format-summary.js';
import type { CaptureOptions } from '../../src/capture/request.js';
import { lookAt } from '../../src/identification/look-at.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { type FixtureRoot, fixtureRoot } from './fixture-root.js';

let root: FixtureRoot;
let output: string;

beforeEach(async () => {
  root = await fixtureRoot();
  output = join(root.folder, '..', 'environment.yml');
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

const paths = (...texts: string[]) => texts.map(pathFromText);

describe('a spec of paths', () => {
  async function captured(asked: readonly string[], options: CaptureOptions = {}) {
    const { accesses, seen } = await lookAt(root.machine, paths(...asked));
    const what = { traces: [], paths: accesses, seen, machine: root.machine, output };
    return capture({ ...what, options: { repack: 'none', ...options } });
  }

  it('has packages and loose files and no run, and says again what each path was', async () => {
    await root.file('/srv/run.sh', '#!/bin/sh\n', 0o755);
    await root.file('/srv/data.csv', '1,2\n');
    mkdirSync(join(root.folder, 'srv/empty'));
    const summary = await captured(['/bin/hello', '/srv', '/none']);
    const spec = await readSpecification(output);
    expect(spec.manifest.runs).toEqual([]);
    expect(spec.manifest.distributions).toEqual([{ name: 'debian', packages: ['hello=2.10-3'] }]);
    expect(spec.manifest.files.map(({ path, carried, why }) => [path, carried, why])).toEqual([
      ['/srv/data.csv', false, 'data, named by its hash'],
      ['/srv/empty', true, expect.any(String)],
      ['/srv/run.sh', true, undefined],
    ]);
    const owners = new Map((await spec.paths()).map(({ path, owner }) => [path, owner]));
    expect(owners.get('/bin/hello' as FilePath)).toMatchObject({ state: 'owned', package: { name: 'hello' } });
    expect(owners.get('/srv/run.sh' as FilePath)).toMatchObject({ state: 'loose', content: expect.any(String) });
    expect(summary).toMatchObject({ used: 5, absent: 1, classes: { owned: 1, loose: 4 } });
    expect(formatSummary(summary)).toContain('paths       5 paths: 1 owned, 4 loose; 1 looked for and not there');
    expect(formatSummary(summary)).not.toContain('exit code');
  });

  it('carries data where that is asked for, and never what is private', async () => {
    await root.file('/srv/data.csv', '1,2\n');
    await root.file('/home/ada/.ssh/id_ed25519', 'secret', 0o600);
    const summary = await captured(['/srv', '/home/ada'], { carryInputs: true });
    const { manifest } = await readSpecification(output);
    expect(manifest.files).toContainEqual(expect.objectContaining({ path: '/srv/data.csv', carried: true }));
    expect(summary.leftOut).toMatchObject([{ path: '/home/ada/.ssh/id_ed25519', rule: 'ssh-key' }]);
    expect(summary.classes).toMatchObject({ 'left-out': 1 });
  });
});
