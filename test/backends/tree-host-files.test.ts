import { afterEach, beforeEach, expect, it } from 'vitest';
import { placeHostFiles } from '../../backends/tree-host-files.js';
import { pathFromText } from '../../src/model/file-path.js';
import { type FixtureRoot, fixtureRoot } from '../capture/fixture-root.js';

let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
});
afterEach(() => root[Symbol.asyncDispose]());

it('places files of the host behind the links of the tree, never out of it, and names what is missing', async () => {
  await root.file('/srv/notes', '');
  await root.link('/opt/mpi', '/srv/../../openmpi-4');
  await root.link('/opt/none', '/missing/../../openmpi-4');
  await root.file('/usr/lib/libcuda.so.1', 'of a package');
  const source = pathFromText('/host/file');
  const wanted = ['/opt/mpi/lib/libmpi.so.40', '/opt/none/libmpi.so.40', '/usr/lib/libcuda.so.1'].map(pathFromText);
  const placed = await placeHostFiles(
    root.machine,
    wanted.map((target) => ({ source, target, type: 'file' as const })),
  );
  expect(placed.hostFiles.map(({ target }) => target)).toEqual([
    '/openmpi-4/lib/libmpi.so.40',
    '/usr/lib/libcuda.so.1',
  ]);
  expect(placed.missing).toEqual(['/openmpi-4', '/openmpi-4/lib', '/openmpi-4/lib/libmpi.so.40']);
});
