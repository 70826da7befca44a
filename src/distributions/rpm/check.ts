import { ReproError } from '../../errors.js';
import { readIfThere } from '../../machines/if-there.js';
import type { Machine } from '../../machines/machine.js';
import type { BootstrapPlan } from '../../model/plan.js';
import { parseDatabase } from './database.js';

/** What differs between the packages that the plan wants and those that rpm has installed; empty when equal. */
export async function checkRpm(plan: BootstrapPlan, { files, label }: Machine): Promise<readonly string[]> {
  const database = await parseDatabase((path) =>
    readIfThere(files, path, (_, code) => {
      throw new ReproError('step-failed', `rpm's database on ${label} cannot be read (${code}).`);
    }),
  );
  const wanted = new Set(
    plan.packages.map(({ name, version, architecture }) => `${name}-${version}.${architecture ?? 'noarch'}`),
  );
  const installed = new Set(database?.packages.map(({ id }) => id));
  return [
    ...(database?.problems ?? []),
    ...[...wanted].filter((id) => !installed.has(id)).map((id) => `${id} is not installed.`),
    ...[...installed].filter((id) => !wanted.has(id)).map((id) => `${id} is installed but not planned.`),
  ];
}
