import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readTar } from '../../src/filesystem/tar-reader.js';
import { sha256 } from '../../src/hash.js';
import type { AskedEntry, Machine } from '../../src/machines/machine.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import type { FilePath } from '../../src/model/file-path.js';
import { setScene } from '../../src/proof/scene.js';
import { at, loose, specOf, traceOf } from './trees.js';

/** A machine with nothing in it, and what was put there. */
function emptyMachine() {
  const put: FileEntry[] = [];
  const machine = {
    files: {
      async *entries(paths: readonly FilePath[]): AsyncGenerator<AskedEntry> {
        for (const path of paths) yield [path, undefined];
      },
    },
    shell: {
      async put(_folder: FilePath, tar: Readable) {
        for await (const entry of readTar(tar, { hash: true })) put.push(entry);
      },
    },
  };
  return { put, machine: machine as unknown as Machine };
}

it('gives a run the carried files that the environment cannot keep, and leaves the folders of the kernel be', async () => {
  const script = '#!/bin/sh\n';
  const files = [
    { path: '/dev/shm/job/run.sh', sha256: sha256(script), mode: '0750', owner: '12:34', carried: true },
    { path: '/dev/shm/job/plain', sha256: sha256(script), carried: true },
    { path: '/dev/shm/job/data', sha256: sha256('data'), carried: false },
    { path: '/srv/run.sh', sha256: sha256(script), carried: true },
  ];
  const recorded = traceOf([]);
  const spec = specOf({ origin: [], trace: recorded, manifest: { files } });
  const contents = { ...spec.contents, open: () => Readable.from([Buffer.from(script)]) };
  const { put, machine } = emptyMachine();
  const [run] = spec.manifest.runs;
  if (!run) return expect.unreachable();
  await setScene(machine, { ...spec, contents }, { run, recorded, inputs: [] });
  const below = put.filter(({ path }) => path.startsWith('/dev'));
  expect(below.map(({ path, mode, uid, gid, hash }) => [path, mode, uid, gid, hash])).toEqual([
    ['/dev/shm/job', 0o755, 0, 0, undefined],
    ['/dev/shm/job/run.sh', 0o750, 12, 34, sha256(script)],
    ['/dev/shm/job/plain', 0o644, 0, 0, sha256(script)],
  ]);
  expect(put.filter(({ type }) => type === 'file')).toHaveLength(2);
});

it('leaves a folder to the run that makes it, and names it through a link', async () => {
  const out = { path: at('/home/ada/out'), resolved: at('/gpfs/home/ada/out'), uses: ['created'] as const };
  const recorded = traceOf([loose(out.path, out.uses, { resolved: out.resolved, before: 'absent' })]);
  const spec = specOf({ origin: [], trace: recorded });
  const [made] = spec.manifest.runs;
  if (!made) return expect.unreachable();
  const { put, machine } = emptyMachine();
  const run = { ...made, outputs: [{ path: '/gpfs/home/ada/out/x' }] };
  await setScene(machine, spec, { run, recorded, inputs: [] });
  const below = put.map(({ path }) => path).filter((path) => path.startsWith('/gpfs'));
  expect(below).toEqual(['/gpfs', '/gpfs/home', '/gpfs/home/ada']);
});
