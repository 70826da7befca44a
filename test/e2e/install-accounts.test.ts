import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Input, place } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

const root = place('root', { takesBare: true });
afterAll(() => root[Symbol.asyncDispose]());

const plain: Input = { name: 'plain', files: { 'one.txt': 'one\n' }, command: ['cat', 'one.txt'] };
const owned: Input = {
  name: 'owned',
  files: { 'two.sh': '#!/bin/sh\nstat -c %U:%G "$0"\n' },
  command: ['./two.sh'],
  async prepare({ inside }) {
    await inside(['groupadd', '--gid', '4321', 'people']);
    await inside(['useradd', '--no-create-home', '--uid', '4320', '--gid', '4321', '--shell', '/bin/sh', 'ada']);
    await inside(['chown', 'ada:people', '/srv/owned/two.sh']);
  },
};

it('adds the accounts of a spec to a resource that was made of another, with the ids of the files that are theirs', async () => {
  const [first, second] = [await root.trace(plain), await root.trace(owned)];
  const { cli } = first;
  await cli.must(['create', '--name', 'lab', '--backend', 'rootfs', first.spec]);
  await cli.must(['exec', 'lab', '--', 'sh', '-c', 'printf "mine:*:5000:5000::/:/bin/sh" >>/etc/passwd']);
  const { stdout } = await cli.must(['install', 'lab', second.spec, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ proof: { ok: true } });
  const inLab = async (...argv: readonly string[]) => (await cli.must(['exec', 'lab', '--', ...argv])).stdout;
  expect(await inLab('/srv/owned/two.sh')).toBe('ada:people\n');
  expect(await inLab('id', '-u', 'ada', 'mine')).toBe('4320\n5000\n');
});
