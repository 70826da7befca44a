import { expect, it } from 'vitest';
import type { Machine } from '../../src/machines/machine.js';
import type { BootstrapPlan, PlannedPackage } from '../../src/model/plan.js';
import { mendBase } from '../../src/resources/mend.js';

const planned = (name: string, version: string): PlannedPackage => ({
  ...{ distribution: 'debian', name, version, architecture: 'amd64', used: true },
  artifact: { name: `${name}.deb`, urls: [] },
});
const plan = { epoch: 7, packages: [planned('jq', '1.6'), planned('tool', '2')] } as unknown as BootstrapPlan;
const stanza = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;

/** A base that has these by dpkg's word. */
function machineWith(stanzas: readonly string[]): Machine {
  const read = async (path: string) => {
    if (path === '/var/lib/dpkg/status') return Buffer.from(stanzas.join('\n'));
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  return { label: 'a base', files: { read, list: async () => [] } } as unknown as Machine;
}

function mend(stanzas: readonly string[], left: readonly string[], require?: 'exact' | 'any') {
  const installed: string[] = [];
  const told: string[] = [];
  const base = {
    install: async (packages: readonly PlannedPackage[]) => void installed.push(...packages.map(({ name }) => name)),
    check: async () => left,
  };
  const progress = (event: { kind: string; message?: string }) => void told.push(event.message ?? event.kind);
  const options = { from: 'debian:12', base, plan, artifacts: new Map(), require, progress };
  return { installed, told, done: mendBase(machineWith(stanzas), options) };
}

it('installs what a ready-made base lacks or has at another version, and nothing else', async () => {
  const { installed, done } = mend([stanza('jq', '1.5')], []);
  await done;
  expect(installed).toEqual(['jq', 'tool']);
  const other = mend([stanza('jq', '1.6')], []);
  await other.done;
  expect(other.installed).toEqual(['tool']);
});

it('refuses a base that has more than the plan, unless less than exactness is asked for', async () => {
  const extra = ['vim:amd64 9 is installed but not planned.'];
  await expect(mend([], extra).done).rejects.toMatchObject({ kind: 'not-rebuildable' });
  const { told, done } = mend([], extra, 'any');
  await done;
  expect(told).toContain(`the base debian:12 is not that of the plan: ${extra[0]}`);
});
