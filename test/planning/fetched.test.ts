import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { PlannedPackage, WriteStep } from '../../src/model/plan.js';
import { withArtifacts } from '../../src/planning/fetched.js';
import { folderContents } from '../../src/spec/folder/contents.js';

function write(path: string, content: string): WriteStep {
  return { kind: 'write', path: path as FilePath, content, mode: 0o644, uid: 0, gid: 0, mtime: 0, reason: 'test' };
}

it('puts the repacked copy where the plan puts the artifact, and the carried files as they were', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fetched-'));
  const own = folderContents(join(folder, 'contents'));
  const { hash: carried } = await own.add(Buffer.from('carried'));
  const file = join(folder, 'copy');
  await writeFile(file, 'packed anew');
  const [wanted, copy] = [sha256('as in the archive'), sha256('packed anew')];
  const artifact = { name: 'a.whl', digest: { algorithm: 'sha256' as const, value: wanted }, urls: [], content: copy };
  const planned: PlannedPackage = { distribution: 'python', name: 'a', version: '1', used: true, artifact };
  const unpack = { kind: 'unpack', path: '/opt' as FilePath, reason: 'test' } as const;
  const customize = [write('/tmp/a.whl', wanted), { ...unpack, content: wanted }, write('/etc/own', carried)];
  const found = new Map([[planned, { file, sha256: copy }]]);
  const { steps, contents } = withArtifacts({ customize, artifacts: [planned] }, found, own);
  expect(steps).toEqual([write('/tmp/a.whl', copy), { ...unpack, content: copy }, write('/etc/own', carried)]);
  expect([await contents.has(copy), await contents.has(wanted)]).toEqual([true, false]);
  expect(await contents.locate(copy)).toBe(file);
  expect((await buffer(contents.open(copy))).toString()).toBe('packed anew');
  expect((await buffer(contents.open(carried))).toString()).toBe('carried');
  await rm(folder, { recursive: true });
});
