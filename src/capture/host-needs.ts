import { nvidiaDriver, repositoryRevisions } from '../machines/host-facts.js';
import type { Machine, Unreadable } from '../machines/machine.js';
import type { HostNeed } from '../spec/document/schema.js';
import { hostNeedsOf } from '../spec/host/needs.js';
import type { AccessRecord } from '../spec/specification.js';

/**
 * What the runs took from the machine below, at the versions that it has: the first of the machines that knows tells, as
 * the files of a resource are not those that its programs see.
 */
export async function findHostNeeds(
  records: readonly AccessRecord[],
  machines: readonly Machine[],
  unreadable: Unreadable,
): Promise<HostNeed[]> {
  const needs = hostNeedsOf(records);
  const hasDriver = needs.some(({ kind }) => kind === 'gpu-driver');
  const repositories = needs.flatMap(({ kind, name }) => (kind === 'software-repository' ? [name] : []));
  const revisions = new Map<string, string>();
  let driver: string | undefined;
  for (const machine of machines) {
    if (hasDriver) driver ??= await nvidiaDriver(machine.files, unreadable);
    const open = repositories.filter((name) => !revisions.has(name));
    for (const [name, revision] of await repositoryRevisions(machine, open, unreadable)) revisions.set(name, revision);
  }
  return needs.map(({ version, ...need }): HostNeed => {
    const { kind, name, match, ...where } = need;
    const known = kind === 'gpu-driver' ? driver : kind === 'software-repository' ? revisions.get(name) : undefined;
    const found = known ?? version;
    return { kind, name, ...(found === undefined ? {} : { version: found }), match, ...where };
  });
}
