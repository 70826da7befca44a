import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bootstrapRpm } from '../../src/distributions/rpm/bootstrap.js';
import { usualPath } from '../../src/exec.js';
import { tarMembers } from '../../src/filesystem/tar.js';
import { sha256 } from '../../src/hash.js';
import { localMachine } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import type { PlannedPackage } from '../../src/model/plan.js';
import { silent } from '../../src/model/progress.js';
import { needs } from '../support/needs.js';
import { buildRpms } from '../support/rpm.js';

beforeEach(needs({ root: true, programs: ['rpm', 'rpmbuild'] }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bootstrap-rpm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a builder installs of two versions of a package that are installed side by side, as kernels are. */
async function filesOf(host: Machine): Promise<string[]> {
  const versionOf = (version: string) =>
    buildRpms([
      {
        ...{ name: 'kernel', version: `${version}-1` },
        files: {
          [`/boot/${version}`]: '',
          [`/usr/share/locale/de/${version}.mo`]: '',
          [`/usr/share/doc/${version}`]: '',
        },
        attributes: { [`/usr/share/locale/de/${version}.mo`]: '%lang(de)', [`/usr/share/doc/${version}`]: '%doc' },
      },
    ]);
  await using one = await versionOf('1');
  await using two = await versionOf('2');
  const artifacts = new Map(
    [one, two].map(({ files }, at) => {
      const planned: PlannedPackage = {
        ...{ distribution: 'rpm', name: 'kernel', version: `${at + 1}-1`, architecture: 'noarch', used: true },
        artifact: { name: 'kernel.rpm', urls: [] },
      };
      return [planned, { file: files['kernel'] ?? '', sha256: sha256('') }];
    }),
  );
  const accounts = { users: [], groups: [] };
  const plan = {
    ...{ distribution: 'rpm', release: 'example 40', architecture: 'x86_64', epoch: 1_700_000_000 },
    packages: [...artifacts.keys()],
    details: { database: '/var/lib/rpm', documentation: true, accounts },
  };
  const workFolder = join(folder, 'work');
  mkdirSync(workFolder);
  const paths: string[] = [];
  for await (const { path, type } of tarMembers(
    await bootstrapRpm(plan, { host, artifacts, workFolder, progress: silent }),
  ))
    if (type === 'file' && /^\/(?:boot|usr)\//.test(path)) paths.push(path);
  return paths.sort();
}

const all = ['1', '2'].flatMap((each) => [
  `/boot/${each}`,
  `/usr/share/doc/${each}`,
  `/usr/share/locale/de/${each}.mo`,
]);

it('installs several versions of a package side by side', async () => {
  await using host = await localMachine();
  expect(await filesOf(host)).toEqual(all.sort());
});

it("leaves nothing out that the builder's own settings would", async () => {
  await using host = await localMachine();
  writeFileSync(join(folder, '.rpmmacros'), '%_install_langs fr\n%_netsharedpath /boot\n%_excludedocs 1\n');
  const { shell } = host;
  if (!shell) throw new Error('this machine has no shell');
  const environment = { PATH: usualPath, HOME: folder };
  const run: typeof shell.run = (argv, options) => shell.run(argv, { ...options, environment });
  expect(await filesOf({ ...host, shell: { ...shell, run } })).toEqual(all.sort());
});
