import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { debian } from '../../../src/distributions/debian/index.js';
import { identify } from '../../../src/identification/identify.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { access } from '../../capture/fixture-root.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'distroless-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: string): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
  return `${createHash('md5').update(content).digest('hex')}  ${path.slice(1)}\n`;
}

// As rules_distroless lays them out: a stanza without a status, and sums of what was unpacked, named by the package.
it('names the packages of an image that was made without dpkg, whose status is in parts', async () => {
  const parts = '/var/lib/dpkg/status.d';
  await write('/etc/os-release', 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n');
  const library = await write('/usr/lib/libssl.so.3', 'library\n');
  const data = await write('/usr/share/zoneinfo/UTC', 'zone\n');
  await write(`${parts}/libssl3`, 'Package: libssl3\nVersion: 3.0.11-1\nArchitecture: amd64\nDepends: tzdata\n');
  await write(`${parts}/libssl3.md5sums`, library);
  await write(`${parts}/dHpkYXRh`, 'Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n');
  await write(`${parts}/dHpkYXRh.md5sums`, data);
  await write(`${parts}/broken`, 'nothing of a package\n');
  await write('/usr/share/zoneinfo/UTC', 'changed\n');

  const machine = await directoryMachine(root);
  const accesses = ['/usr/lib/libssl.so.3', '/usr/share/zoneinfo/UTC'].map((path) => access(path, 'read'));
  const { base, owners, problems, finish } = await identify(machine, accesses, { modules: [debian] });
  expect(base).toMatchObject({ distribution: 'debian', release: '12', architecture: 'amd64' });
  const stateOf = (path: string) => {
    const { state, package: owner } = owners.get(path as FilePath) ?? {};
    return [state, owner?.name, owner?.version];
  };
  expect(stateOf('/usr/lib/libssl.so.3')).toEqual(['owned', 'libssl3', '3.0.11-1']);
  expect(stateOf('/usr/share/zoneinfo/UTC')).toEqual(['modified', 'tzdata', '2024a-0']);

  const contents = { add: () => Promise.reject(new Error('nothing is carried')) } as never;
  const [half] = await finish({ machine, contents, repack: 'none', progress: silent });
  expect(half?.lock.packages?.map(({ name }) => name)).toEqual(['libssl3', 'tzdata']);
  expect(problems).toEqual([expect.stringContaining('no dpkg'), expect.stringContaining('status.d/broken')]);
});
