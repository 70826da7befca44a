import {
  chmodSync,
  lstatSync,
  lutimesSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { administered } from '../support/inputs.js';
import { loop } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

it('fails and names the file when one byte of one file of each class is flipped', async () => {
  await using done = await loop(administered, { origin: 'root', backend: 'rootfs' });
  const { stdout } = await done.cli.must(['ls', '--json']);
  const tree = /"tree": "([^"]+)"/.exec(stdout)?.[1] ?? '';
  expect(tree).not.toBe('');
  await done.cli.must(['verify', done.name]);
  const libc = await done.root?.inside(['readlink', '-f', '/lib/x86_64-linux-gnu/libc.so.6']);
  for (const path of [
    '/usr/bin/mawk',
    libc?.trim() ?? '',
    '/usr/local/bin/site-report',
    '/usr/bin/factor',
    '/usr/bin/factor.distrib',
    '/etc/bash.bashrc',
  ]) {
    const restore = flipByte(join(tree, path));
    const { code, stdout: proof } = await done.cli.run(['verify', done.name]);
    expect({ path, code }).toEqual({ path, code: 6 });
    expect(proof).toContain(path);
    restore();
  }
  chmodSync(join(tree, '/usr/bin/nl'), 0o755);
  expect((await done.cli.must(['verify', done.name], { code: 6 })).stdout).toMatch(/\/usr\/bin\/nl.*mode/i);
  chmodSync(join(tree, '/usr/bin/nl'), 0o750);
  relink(join(tree, '/etc/alternatives/awk'), '/usr/bin/gawk');
  expect((await done.cli.must(['verify', done.name], { code: 6 })).stdout).toContain('/etc/alternatives/awk');
  relink(join(tree, '/etc/alternatives/awk'), '/usr/bin/mawk');
  await done.cli.must(['verify', done.name]);
});

function flipByte(file: string): () => void {
  const before = readFileSync(file);
  const times = lstatSync(file);
  const changed = Buffer.from(before);
  changed.writeUInt8(changed.readUInt8(changed.length >> 1) ^ 1, changed.length >> 1);
  const write = (content: Buffer) => {
    writeFileSync(file, content);
    utimesSync(file, times.atime, times.mtime);
  };
  write(changed);
  return () => write(before);
}

function relink(link: string, target: string): void {
  if (readlinkSync(link) === target) return;
  const { atime, mtime } = lstatSync(link);
  unlinkSync(link);
  symlinkSync(target, link);
  lutimesSync(link, atime, mtime);
}
