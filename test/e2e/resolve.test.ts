import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import { freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';
import { buildWheel, pip, python, writeProject } from '../support/python.js';
import { servePythonIndex } from '../support/python-index.js';
import { must } from '../support/run.js';

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

it('has from the index that the machine uses the very wheel that pip has from there', async (context) => {
  await needs({ index: true })(context);
  await using cli = await freshCli();
  const own = Object.entries(process.env).filter(([name]) => /^(?:PIP|NODE_EXTRA)_|_proxy$/i.test(name));
  const env = Object.fromEntries(own.map(([name, value]) => [name, value ?? '']));
  const wanted = 'six==1.16.0';
  await cli.must(['resolve', 'python3', `python:${wanted}`, '--on', 'debian:12'], { env });
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-cache-dir', '--dest', cli.work, wanted];
  await must([python, ...download], { env: { ...process.env, PIP_FIND_LINKS: '' } });
  const [wheel = ''] = readdirSync(cli.work).filter((name) => name.endsWith('.whl'));
  const lock = readFileSync(join(cli.work, 'environment.d/lock.json'), 'utf8');
  expect(lock).toContain(sha256(readFileSync(join(cli.work, wheel))));
  await cli.must(['create', '--name', 'indexed'], { env });
  const version = ['/opt/venv/bin/python', '-c', 'import six; print(six.__version__)'];
  expect((await cli.must(['exec', 'indexed', '--', ...version])).stdout).toBe('1.16.0\n');
});

it('says what there is where nothing fits, and leaves no spec behind', async () => {
  await using cli = await freshCli();
  const refused = await cli.run(['resolve', 'hello>=99', '--on', 'debian:12']);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toMatch(
    /No archive of bookworm has hello at a version >= 99\. Take one of these versions: 2\./,
  );
  const other = await cli.run(['resolve', 'r:ggplot2']);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('cannot be resolved from names')]);
  expect((await cli.run(['create'])).stderr).toContain('there is no such spec');
});
