import { nvidiaDriver, repositoryRevisions } from '../machines/host-facts.js';
import type { Machine, Unreadable } from '../machines/machine.js';
import type { HostNeed } from '../spec/document/schema.js';
import { hostNeedsOf } from '../spec/host/needs.js';
import type { AccessRecord } from '../spec/specification.js';

/** What the runs took from the machine below, at the versions that it has. */
export async function findHostNeeds(
  records: readonly AccessRecord[],
  machine: Machine,
  unreadable: Unreadable,
): Promise<HostNeed[]> {
  const needs = hostNeedsOf(records);
  const hasDriver = needs.some(({ kind }) => kind === 'gpu-driver');
  const driver = hasDriver ? await nvidiaDriver(machine.files, unreadable) : undefined;
  const repositories = needs.flatMap(({ kind, name }) => (kind === 'software-repository' ? [name] : []));
  const revisions = await repositoryRevisions(machine, repositories, unreadable);
  return needs.map(({ version, ...need }): HostNeed => {
    const { kind, name, match, ...where } = need;
    const known = kind === 'gpu-driver' ? driver : kind === 'software-repository' ? revisions.get(name) : undefined;
    const found = known ?? version;
    return { kind, name, ...(found === undefined ? {} : { version: found }), match, ...where };
  });
}
