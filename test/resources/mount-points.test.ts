import { expect, it } from 'vitest';
import type { FileEntry } from '../../src/model/file-entry.js';
import { withoutMountPoints } from '../../src/resources/mount-points.js';
import { at, file, folder } from '../proof/trees.js';

async function left(entries: readonly FileEntry[]): Promise<string[]> {
  const points = new Set(['/opt', '/opt/mpi', '/opt/mpi/libmpi.so.40', '/cvmfs'].map(at));
  const found: string[] = [];
  const all = (async function* () {
    yield* entries;
  })();
  for await (const { path } of withoutMountPoints(all, points)) found.push(path);
  return found;
}

const empty = [folder('/'), folder('/cvmfs'), folder('/opt'), folder('/opt/mpi'), file('/opt/mpi/libmpi.so.40', '')];

it('leaves out what was made only to show files of the host on', async () => {
  expect(await left([...empty, folder('/srv')])).toEqual(['/', '/srv']);
});

it('keeps a folder in which there is something now, and a file that is no more empty', async () => {
  const used = [...empty.slice(0, -1), file('/opt/mpi/libmpi.so.40', 'own'), file('/opt/notes')];
  expect(await left(used)).toEqual(['/', '/opt', '/opt/mpi', '/opt/mpi/libmpi.so.40', '/opt/notes']);
  expect(await left([...empty, file('/opt/notes')])).toEqual(['/', '/opt', '/opt/notes']);
});
