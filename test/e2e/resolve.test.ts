import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';
import { buildWheel, pip, python, writeProject } from '../support/python.js';
import { servePythonIndex } from '../support/python-index.js';

beforeEach(needs({ archive: true, programs: ['mmdebstrap', python, pip] }));

it('makes an environment from the names of Debian and Python packages, exact from then on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'resolve-'));
  const wheels = join(folder, 'wheels');
  for (const version of ['1.0', '1.5', '2.0']) {
    const source = join(folder, version);
    writeProject(source, 'tool', { version, source: `print(${JSON.stringify(version)})\n`, requires: [] });
    buildWheel(source, wheels);
  }
  await using index = await servePythonIndex(wheels);
  await using cli = await freshCli();
  const env = { PIP_INDEX_URL: index.url, PIP_EXTRA_INDEX_URL: '' };
  await cli.must(['resolve', 'hello>=2.10', 'python3', 'python:tool>=1,<2', '--on', 'debian:12'], { env });
  const text = readFileSync(join(cli.work, 'environment.yml'), 'utf8');
  expect(text).toMatch(/packages: \[hello=2\.\S+, python3=3\.11\.\S+\]/);
  expect(text).toContain('packages: [tool==1.5]');
  await cli.must(['create', '--name', 'named'], { env });
  expect((await cli.must(['exec', 'named', '--', 'hello'])).stdout).toBe('Hello, world!\n');
  expect((await cli.must(['exec', 'named', '--', '/opt/venv/bin/python', '-c', 'import tool'])).stdout).toBe('1.5\n');
  rmSync(folder, { recursive: true });
});

it('says what there is where nothing fits, and leaves no spec behind', async () => {
  await using cli = await freshCli();
  const refused = await cli.run(['resolve', 'hello>=99', '--on', 'debian:12']);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toMatch(
    /No archive of bookworm has hello at a version >= 99\. Take one of these versions: 2\./,
  );
  const other = await cli.run(['resolve', 'npm:left-pad']);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('cannot be resolved from names')]);
  expect((await cli.run(['create'])).stderr).toContain('there is no such spec');
});
