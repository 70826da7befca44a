import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture } from '../../../src/capture/capture.js';
import { r } from '../../../src/distributions/r/index.js';
import type { PrefixLock } from '../../../src/packaging/prefix/schema.js';
import { readSpecification } from '../../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';
import { listing, putInPlace } from '../../packaging/put-in-place.js';
import { writeFiles } from '../../support/loop.js';
import { needs } from '../../support/needs.js';

let folder: string;
let root: FixtureRoot;
const made: string[] = [];
beforeEach(needs({ programs: ['R'] }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  for (const each of [folder, ...made.splice(0)]) await rm(each, { recursive: true, force: true });
});

/** Installs a source package with R itself, into a library of the root. */
function install(library: string, name: string, fields: string): void {
  const source = join(folder, name);
  const description = `Package: ${name}\nVersion: 1.2-3\nTitle: T\nDescription: D.\nAuthor: A\nMaintainer: A <a@example.org>\nLicense: GPL-3\n`;
  writeFiles(source, {
    DESCRIPTION: `${description}${fields}`,
    NAMESPACE: 'export(answer)\n',
    [`R/${name}.R`]: 'answer <- function() 42\n',
    'inst/extdata/numbers.csv': '1,2\n',
  });
  writeFiles(root.folder + library, {});
  const options = ['--no-docs', '--no-byte-compile', '--no-test-load', `--library=${root.folder}${library}`];
  const env = { PATH: '/usr/bin:/bin', R_LIBS: root.folder + library };
  execFileSync('R', ['CMD', 'INSTALL', ...options, source], { stdio: 'ignore', env });
}

async function captured(paths: readonly string[]) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  await capture({ traces, machine: root.machine, output });
  const spec = await readSpecification(output);
  const lock = spec.lock?.distributions.find(({ name }) => name === 'r') as PrefixLock | undefined;
  const owners = new Map((await spec.trace('hello'))?.accesses.map(({ path, owner }) => [path as string, owner]));
  return { spec, lock, owners };
}

it('knows what R itself installed, with commit and what it needs, and puts it back as it was', async () => {
  const library = '/home/ada/R/x86_64-pc-linux-gnu-library/4.2';
  install(library, 'helper', 'Repository: CRAN\n');
  const url = 'https://ada:secret@example.org/lab/analysis.git';
  const remote = `RemoteType: git2r\nRemoteUrl: ${url}\nRemoteSha: 0123456789abcdef\n`;
  install(library, 'analysis', `Depends: R (>= 3.5)\nImports: helper (>= 1.0),\n  stats\n${remote}`);
  const { spec, lock, owners } = await captured([`${library}/analysis/extdata/numbers.csv`]);
  expect(lock?.packages.map(({ name, version, used, certainty }) => [name, version, used, certainty])).toEqual([
    ['analysis', '1.2-3', true, 'repacked'],
    ['helper', '1.2-3', false, 'repacked'],
  ]);
  const [analysis, helper] = lock?.packages ?? [];
  expect(analysis?.details).toMatchObject({
    RemoteUrl: 'https://example.org/lab/analysis.git',
    RemoteSha: '0123456789abcdef',
  });
  expect([analysis?.needs, helper?.needs]).toEqual([[`${library}/helper`], undefined]);
  expect(helper?.details).toMatchObject({ Repository: 'CRAN', built: expect.stringMatching(/^R \d/) });
  expect(owners.get(`${library}/analysis/extdata/numbers.csv`)?.package?.name).toBe('analysis');
  const put = await putInPlace(spec, root.machine);
  made.push(...put.folders);
  expect(await listing(put.folder, library)).toEqual(await listing(root.folder, library));
});

it('knows a package in a library of any name by what is in it, and takes no source for one', async () => {
  install('/opt/tools', 'helper', '');
  const source = '/srv/helper/R/helper.R';
  await root.file('/srv/helper/DESCRIPTION', 'Package: helper\nVersion: 1\n');
  await root.file(source, 'x <- 1\n');
  const { owners } = await captured(['/opt/tools/helper/R/helper.rdb', source]);
  expect(owners.get('/opt/tools/helper/R/helper.rdb')?.package).toMatchObject({
    name: 'helper',
    at: '/opt/tools/helper',
  });
  expect(owners.get(source)?.state).toBe('loose');
});

it('compares versions as R does', () => {
  expect(r.compareVersions('1.2-3', '1.2.3')).toBe(0);
  expect(Math.sign(r.compareVersions('1.2-3', '1.10'))).toBe(-1);
  expect(Math.sign(r.compareVersions('1.2.3', '1.2'))).toBe(1);
});
