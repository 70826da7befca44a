import { parseDeb822 } from '../../archives/apt/deb822.js';
import { ReproError, reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { pathFromText } from '../../model/file-path.js';
import type { BootstrapPlan } from '../../model/plan.js';
import { unfinishedOf } from './unfinished.js';

/** What differs between the packages of the plan and those that dpkg has on the machine; empty when equal. */
export async function checkDebian(plan: BootstrapPlan, machine: Machine): Promise<readonly string[]> {
  const installed = parseDeb822((await readStatus(machine)).toString('utf8')).map((stanza) => ({
    key: `${stanza['Package']}:${stanza['Architecture']}`,
    version: stanza['Version'] ?? '',
    state: stanza['Status']?.split(' ').at(-1) ?? '',
  }));
  const byKey = new Map(installed.map((entry) => [entry.key, entry]));
  const planned = new Set<string>();
  const unfinished = new Set(unfinishedOf(plan));
  const differences: string[] = [];
  for (const each of plan.packages) {
    const { name, architecture, version } = each;
    const key = `${name}:${architecture}`;
    const found = byKey.get(key);
    planned.add(key);
    if (!found || found.state === 'config-files') differences.push(`${key} ${version} is not installed.`);
    else if (found.version !== version) differences.push(`${key} is installed at ${found.version}, not ${version}.`);
    else if (found.state !== 'installed' && !unfinished.has(each))
      differences.push(`${key} ${version} is only ${found.state}.`);
  }
  for (const { key, version, state } of installed) {
    if (!planned.has(key) && state !== 'not-installed' && state !== 'config-files') {
      differences.push(`${key} ${version} is installed but not planned.`);
    }
  }
  return differences;
}

async function readStatus(machine: Machine): Promise<Buffer> {
  try {
    return await machine.files.read(pathFromText('/var/lib/dpkg/status'));
  } catch (cause) {
    throw new ReproError('step-failed', `dpkg's database on ${machine.label} cannot be read (${reasonOf(cause)}).`, {
      cause,
    });
  }
}
