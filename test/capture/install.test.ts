import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendRun, ownSpec } from '../../src/capture/append.js';
import { capture } from '../../src/capture/capture.js';
import { formatSummary } from '../../src/capture/format-summary.js';
import { hashOutputs } from '../../src/capture/repeats.js';
import type { CaptureOptions } from '../../src/capture/request.js';
import { sha256 } from '../../src/hash.js';
import type { Access, Trace } from '../../src/model/access.js';
import { pathFromText } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { makesOf } from '../../src/spec/runs/steps.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from './fixture-root.js';

const work = '/home/ada/work';
let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
  await root.file(`${work}/install.sh`, '#!/bin/sh\n', 0o755);
  await root.file(`${work}/table.txt`, 'a table');
});
afterEach(() => root[Symbol.asyncDispose]());

const spec = () => join(dirname(root.folder), 'all.yml');
const made = (path: string): Access => ({ ...access(path, 'written', 'created'), before: 'absent' });
const script = [access('/usr/bin/hello', 'executed'), access(`${work}/install.sh`, 'read', 'executed')];

async function trace(
  accesses: readonly Access[],
  changes: Partial<Trace['conditions']> = {},
  options: CaptureOptions = {},
) {
  const run = traceOf([...script, ...accesses], { argv: ['./install.sh'], ...changes });
  const own = ownSpec(spec());
  const outputHashes = [await hashOutputs(run, root.machine)];
  const what = { traces: [run] as const, outputHashes, machine: root.machine, output: own };
  const added = await capture({ ...what, options: { repack: 'none', ...options } });
  const summary = await appendRun({ source: spec(), added, output: spec(), host: root.machine });
  const { manifest, lock, snapshot, trace: recorded } = await readSpecification(spec());
  const entries = new Map<string, string | undefined>();
  for await (const { path, hash } of snapshot()) entries.set(path, hash);
  return { summary, manifest, contents: Object.keys(lock?.contents ?? {}), entries, recorded };
}

const install = (accesses: readonly Access[], changes = {}, options: CaptureOptions = {}) =>
  trace(accesses, changes, { install: true, ...options });

describe('an installation', () => {
  it('is a step with what it needs and what it leaves, all of it carried and in the snapshot', async () => {
    await root.file('/opt/lab/bin/lab', '#!/bin/sh\n# lab\n', 0o755);
    await root.file('/opt/lab/share/table', 'a table');
    await root.file('/usr/local/share/lab.txt', 'lab');
    await root.link('/usr/local/bin/lab', '/opt/lab/bin/lab');
    const folders = ['/opt/lab', '/opt/lab/bin', '/opt/lab/share'].map(made);
    const files = ['/opt/lab/bin/lab', '/opt/lab/share/table', '/usr/local/share/lab.txt'].map(made);
    const link = made('/usr/local/bin/lab');
    const { manifest, contents, entries, recorded, summary } = await install([
      access(`${work}/table.txt`, 'read'),
      ...folders,
      ...files,
      link,
    ]);
    expect(manifest.runs).toEqual([]);
    expect(manifest.steps).toMatchObject([
      {
        id: 'install-sh',
        command: ['./install.sh'],
        cwd: work,
        exit: 0,
        inputs: [{ path: `${work}/table.txt`, sha256: sha256('a table'), carried: true }],
        makes: [
          { path: '/opt/lab', tree: { files: 2, size: 23 }, carried: true },
          { path: '/usr/local/bin/lab', target: '/opt/lab/bin/lab', carried: true },
          { path: '/usr/local/share/lab.txt', sha256: sha256('lab'), mode: '0644', carried: true },
        ],
      },
    ]);
    expect(manifest.files.map(({ path }) => path)).toEqual([`${work}/install.sh`]);
    expect(contents).toEqual(expect.arrayContaining([sha256('a table'), sha256('lab'), sha256('#!/bin/sh\n# lab\n')]));
    expect(entries.get('/opt/lab/bin/lab')).toBe(sha256('#!/bin/sh\n# lab\n'));
    expect([...entries.keys()]).toContain('/usr/local/bin/lab');
    expect((await recorded('install-sh'))?.accesses.length).toBeGreaterThan(5);
    expect(formatSummary(summary)).toMatch(/ran +install-sh, exit code 0; a step that create does again\n(?!.*runs)/);
  });

  it('makes neither what it prints nor what is never carried', async () => {
    await root.file(`${work}/log`, 'done\n');
    await root.file('/etc/lab/id_rsa', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n', 0o600);
    const streams = {
      stdin: { kind: 'null' },
      stdout: { kind: 'file', path: pathFromText(`${work}/log`) },
      stderr: { kind: 'closed' },
    } as const;
    const { manifest, contents } = await install([made(`${work}/log`), made('/etc/lab/id_rsa')], { streams });
    expect(manifest.steps?.flatMap(makesOf)).toEqual([]);
    expect(contents).toEqual([sha256('#!/bin/sh\n')]);
  });

  it('keeps the settings that it changed as they were before it, and as it left them', async () => {
    await root.file('/etc/lab.conf', 'scale=2\n');
    await root.file('/former', 'scale=1\n');
    const before = { hash: sha256('scale=1\n'), size: 8, kept: `${root.folder}/former` };
    const { manifest, entries } = await install([{ ...access('/etc/lab.conf', 'read', 'written'), before }]);
    expect(manifest.steps).toMatchObject([
      {
        inputs: [{ path: '/etc/lab.conf', sha256: sha256('scale=1\n'), carried: true }],
        makes: [{ path: '/etc/lab.conf', sha256: sha256('scale=2\n'), carried: true }],
      },
    ]);
    expect(entries.get('/etc/lab.conf')).toBe(sha256('scale=2\n'));
  });

  it('says what is too large to be carried, by its hash', async () => {
    await root.file('/opt/data', 'large');
    const { manifest } = await install([made('/opt/data')], {}, { carryLimit: 3 });
    expect(manifest.steps?.flatMap(makesOf)).toMatchObject([
      { path: '/opt/data', sha256: sha256('large'), carried: false, why: 'over the limit of what is carried' },
    ]);
  });

  it('masks the secrets in its command, and says so', async () => {
    const { manifest } = await install([], { argv: ['./install.sh', '--token=abcdefgh1234'] });
    expect(manifest.steps).toMatchObject([{ command: ['./install.sh', '--token=***'], masked: true }]);
  });
});

describe('what is traced after an installation', () => {
  it('has what the step makes from it, and not as files of its own', async () => {
    await root.file('/opt/lab/tool.sh', '#!/bin/sh\n# tool\n', 0o755);
    await root.file('/opt/lab/table.csv', '1,2\n');
    await install(['/opt/lab', '/opt/lab/tool.sh', '/opt/lab/table.csv'].map(made));
    const used = [access('/opt/lab/tool.sh', 'executed'), access('/opt/lab/table.csv', 'read')];
    const { manifest, summary } = await trace(used, { argv: ['/opt/lab/tool.sh'] });
    expect(manifest.files.map(({ path }) => path)).toEqual([`${work}/install.sh`]);
    expect(manifest.steps).toHaveLength(1);
    expect(manifest.runs.map(({ id }) => id)).toEqual(['tool-sh']);
    expect(summary).toMatchObject({ run: 'tool-sh', conflicts: [] });
  });

  it('keeps what was changed since the step, and tells', async () => {
    await root.file('/opt/tool.sh', '#!/bin/sh\n', 0o755);
    await install([made('/opt/tool.sh')]);
    await root.file('/opt/tool.sh', '#!/bin/sh -e\n', 0o755);
    const { manifest, summary } = await trace([access('/opt/tool.sh', 'executed')], { argv: ['/opt/tool.sh'] });
    expect(manifest.files).toContainEqual(
      expect.objectContaining({ path: '/opt/tool.sh', sha256: sha256('#!/bin/sh -e\n'), carried: true }),
    );
    expect(summary.conflicts).toEqual([expect.stringMatching(/^\/opt\/tool\.sh is not the same in /)]);
  });

  it('is a second step, which finds what the first one made', async () => {
    await root.file('/opt/stage/table', 'a table');
    await install([made('/opt/stage'), made('/opt/stage/table')]);
    await root.file('/usr/local/share/table', 'a table');
    const next = [access('/opt/stage/table', 'read'), made('/usr/local/share/table')];
    const { manifest } = await install(next, { argv: ['./install.sh', '--finish'] });
    expect(manifest.steps?.map(({ id }) => id)).toEqual(['install-sh', 'install-sh-2']);
    const [, second] = manifest.steps ?? [];
    const inputs = second && 'inputs' in second ? second.inputs : [];
    expect(manifest.files.map(({ path }) => path)).toEqual([`${work}/install.sh`]);
    expect(inputs.flatMap(({ from }) => from ?? [])).toEqual(inputs.map(() => 'install-sh'));
  });

  it('has what an earlier run made as its input, with its content: the run is not done before it', async () => {
    await root.file(`${work}/build/tool`, '#!/bin/sh\n# built\n', 0o755);
    await trace([made(`${work}/build`), made(`${work}/build/tool`)], { argv: ['make'] });
    await root.file('/usr/local/bin/tool', '#!/bin/sh\n# built\n', 0o755);
    const used = [access(`${work}/build/tool`, 'read'), made('/usr/local/bin/tool')];
    const { manifest, contents } = await install(used);
    expect(manifest.steps).toMatchObject([{ inputs: [{ path: `${work}/build/tool`, mode: '0755', carried: true }] }]);
    expect(contents).toContain(sha256('#!/bin/sh\n# built\n'));
  });
});
