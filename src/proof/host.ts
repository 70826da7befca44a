import { nvidiaDriver, repositoryRevisions } from '../machines/host-facts.js';
import { loaderCache } from '../machines/loader-cache.js';
import type { Machine, Unreadable } from '../machines/machine.js';
import { isAtLeast } from '../model/cpu-level.js';
import { type FilePath, joinPath, parentPath, showPath } from '../model/file-path.js';
import { documentPath } from '../model/schemas.js';
import { compareLoosely } from '../packaging/prefix/kind.js';
import type { HostNeed } from '../spec/document/schema.js';

/** What the machine that runs has not as the runs had it on the origin, in whole sentences; empty where it matches. */
export async function hostMismatches(needs: readonly HostNeed[], machine: Machine): Promise<string[]> {
  const mismatches: string[] = [];
  for (const need of needs) {
    const unread: string[] = [];
    const unreadable: Unreadable = (path, code) =>
      unread.push(`Whether ${machine.label} matches is not known: ${showPath(path)} cannot be read there (${code}).`);
    const found = need.match === 'package' ? undefined : await checks[need.kind](need, machine, unreadable);
    if (unread.length > 0) mismatches.push(...unread);
    else if (found !== undefined) mismatches.push(found);
  }
  return mismatches;
}

type Check = (need: HostNeed, machine: Machine, unreadable: Unreadable) => Promise<string | undefined>;

const checks: Readonly<Record<HostNeed['kind'], Check>> = {
  cpu: checkCpu,
  'gpu-driver': checkDriver,
  mpi: checkLibrary,
  interconnect: checkLibrary,
  'name-service': checkNameService,
  'software-repository': checkRepository,
  device: async ({ name, at }, { files, label }) =>
    (await isThere(documentPath(at), files)) ? undefined : `The runs used the device ${name}, and ${label} has none.`,
};

async function checkCpu({ name }: HostNeed, { platform, label }: Machine): Promise<string | undefined> {
  const { cpuLevel } = await platform();
  const used = `The runs used libraries for a CPU of level ${name}`;
  const enough = cpuLevel === undefined ? undefined : isAtLeast(cpuLevel, name);
  if (enough === undefined) return `${used}; whether ${label} has one is not known.`;
  const means = 'the loader takes others there, if there are any, which may compute other last digits';
  return enough ? undefined : `${used}, and ${label} has one of level ${cpuLevel}: ${means}.`;
}

async function checkDriver({ version }: HostNeed, { files, label }: Machine, unreadable: Unreadable) {
  const found = await nvidiaDriver(files, unreadable);
  const used = `The runs used the NVIDIA driver${version === undefined ? '' : ` ${version}`}`;
  if (found === undefined) return `${used}, and ${label} has none: what computes on its graphics processor fails.`;
  if (version === undefined || compareLoosely(found, version) >= 0) return undefined;
  return `${used}, and ${label} has ${found}, which is older: programs may ask for what it cannot do.`;
}

/** Where the origin had it, or wherever the loader finds it here: its cache names every library that it knows. */
async function checkLibrary({ name, at }: HostNeed, machine: Machine, unreadable: Unreadable) {
  if (await isThere(joinPath(parentPath(documentPath(at)), name as FilePath), machine.files)) return undefined;
  if ((await loaderCache(machine, unreadable)).has(name)) return undefined;
  return `The runs used ${name} of their site (${at}), and ${machine.label} has no library of that name.`;
}

async function checkNameService({ name, at }: HostNeed, { files, label }: Machine): Promise<string | undefined> {
  if (await isThere(documentPath(at), files)) return undefined;
  return `The runs asked the name service "${name}" (${at}), and ${label} has none: users and groups may have no names.`;
}

async function checkRepository({ name, version, at }: HostNeed, machine: Machine, unreadable: Unreadable) {
  const used = `The runs used the repository ${at}`;
  if (!(await isThere(documentPath(at), machine.files))) return `${used}, which is not mounted on ${machine.label}.`;
  const found = (await repositoryRevisions(machine, [name], unreadable)).get(name);
  if (version === undefined || found === undefined || Number(found) >= Number(version)) return undefined;
  return `${used} at revision ${version}, and ${machine.label} has revision ${found}: something may not be in it yet.`;
}

async function isThere(path: FilePath, files: Machine['files']): Promise<boolean> {
  return (await files.lstat(path)) !== undefined;
}
