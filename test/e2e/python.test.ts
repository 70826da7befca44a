import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Input, place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { buildWheel, makeTypicalEnvironment, pip, python, writeProject } from '../support/python.js';
import { servePythonIndex } from '../support/python-index.js';

beforeEach(needs({ archive: true, programs: ['mmdebstrap', 'git', python, pip] }));

const host = place('host');
/** Not in /tmp, which is no part of a tree's digest. */
const folder = mkdtempSync('/var/tmp/python-environment-');
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const script = `import edited, json, tracked
json.dump([edited.name, tracked.name], open('names.json', 'w'))
`;

/** A program of a wheel, and a script that imports from a checkout and from a source tree. */
const environment: Input = {
  name: 'python-environment',
  files: { 'names.py': script },
  command: ['sh', '-c', `${folder}/env/bin/wheeled > wheeled.txt && ${folder}/env/bin/python names.py`],
  prepare: async () => {
    makeTypicalEnvironment(folder);
  },
};

it('rebuilds a virtual environment with a wheel, a commit and a source tree, all files as they were', async () => {
  const traced = await host.trace(environment);
  const manifest = readFileSync(traced.spec, 'utf8');
  expect(manifest).toContain('packages: [edited==0.2, helper==1.5, tracked==0.1, wheeled-tool==1.2.post1]');
  await using rebuilt = await rebuild(traced, 'rootfs');
  const [run] = rebuilt.proof.tree.runs;
  const ours = (run?.paths ?? []).filter(({ package: owner }) => owner?.distribution === 'python');
  expect(ours.length).toBeGreaterThan(10);
  expect(ours.filter(({ verdict }) => verdict !== 'identical')).toEqual([]);
  const activate = `. ${folder}/env/bin/activate && wheeled`;
  const { stdout } = await traced.cli.must(['exec', rebuilt.name, '--', 'sh', '-c', activate]);
  expect(stdout).toBe('WHEELED\n');
  expect(readFileSync(join(traced.folder, 'names.json'), 'utf8')).toBe('["edited", "tracked"]');
});

it('has another version from a package index where the spec was edited', async () => {
  const traced = await host.trace(environment);
  const wheels = join(folder, 'newer');
  const text = 'def shout(text):\n    return text.title()\n';
  writeProject(join(folder, 'src/newer'), 'helper', { version: '1.6', source: text });
  buildWheel(join(folder, 'src/newer'), wheels);
  await using index = await servePythonIndex(wheels);
  const edited = join(traced.folder, 'edited.yml');
  cpSync(traced.spec.replace(/yml$/, 'd'), edited.replace(/yml$/, 'd'), { recursive: true });
  writeFileSync(edited, readFileSync(traced.spec, 'utf8').replaceAll('helper==1.5', 'helper==1.6'));
  const name = `python-edited-${process.pid}`;
  const options = { env: { PIP_INDEX_URL: index.url }, code: 6 };
  const created = await traced.cli.must(['create', '--name', name, edited], options);
  expect(created.stderr).toMatch(/python helper in .*site-packages 1\.5 -> 1\.6/);
  expect(created.stdout).toContain('other-version: helper is at 1.6, not 1.5');
  const { stdout } = await traced.cli.must(['exec', name, '--', `${folder}/env/bin/wheeled`]);
  await traced.cli.must(['delete', '--yes', name]);
  expect(stdout).toBe('Wheeled\n');
});
