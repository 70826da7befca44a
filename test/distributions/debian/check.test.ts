import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkDebian } from '../../../src/distributions/debian/check.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { BootstrapPlan } from '../../../src/model/plan.js';

it('says what is missing, at another version, half done, or too much', async () => {
  const root = await mkdtemp(join(tmpdir(), 'check-'));
  try {
    await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
    const stanza = (name: string, version: string, status: string) =>
      `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: ${version}\n`;
    const status = [
      stanza('same', '1', 'hold ok installed'),
      stanza('other', '2', 'install ok installed'),
      stanza('half', '1', 'install ok half-configured'),
      stanza('extra', '1', 'install ok installed'),
      stanza('left', '1', 'deinstall ok config-files'),
    ];
    await writeFile(join(root, 'var/lib/dpkg/status'), status.join('\n'));
    await using machine = await directoryMachine(root);
    const unfinished = [{ name: 'half', architecture: 'amd64', state: 'half-configured' }];
    const asked = { ...planOf('same', 'other', 'half', 'extra'), details: { unfinished } };
    expect(await checkDebian(asked, machine)).toEqual(['other:amd64 is installed at 2, not 1.']);
    expect(await checkDebian(planOf('same', 'other', 'half', 'gone'), machine)).toEqual([
      'other:amd64 is installed at 2, not 1.',
      'half:amd64 1 is only half-configured.',
      'gone:amd64 1 is not installed.',
      'extra:amd64 1 is installed but not planned.',
    ]);
  } finally {
    await rm(root, { recursive: true });
  }
});

function planOf(...names: string[]): BootstrapPlan {
  const packages = names.map((name) => {
    const artifact = { name: `${name}.deb`, urls: [] };
    return { distribution: 'debian', name, version: '1', architecture: 'amd64', used: true, artifact };
  });
  return { distribution: 'debian', release: '12', architecture: 'amd64', epoch: 0, packages, details: {} };
}
