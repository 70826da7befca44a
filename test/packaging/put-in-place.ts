import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Fetched, fetchArtifacts } from '../../src/archives/fetch.js';
import { openStore } from '../../src/archives/store.js';
import { offersOf } from '../../src/distributions/offers.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { Machine, Shell } from '../../src/machines/machine.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { PlannedPackage } from '../../src/model/plan.js';
import { customize } from '../../src/planning/customize.js';
import { withArtifacts } from '../../src/planning/fetched.js';
import { planEnvironment } from '../../src/planning/plan.js';
import type { Specification } from '../../src/spec/specification.js';

/** Carries out what a captured spec's plan unpacks, in an empty folder; gives that and where each package came from. */
export async function putInPlace(captured: Specification, host: Machine) {
  if (!captured.lock) throw new Error('no lock');
  const plan = await planEnvironment(captured, captured.lock);
  const folder = await mkdtemp(join(tmpdir(), 'put-in-place-'));
  const store = await openStore(await mkdtemp(join(tmpdir(), 'put-in-place-store-')));
  const fetching = { store, contents: captured.contents, host, offers: offersOf(host) };
  const found: ReadonlyMap<PlannedPackage, Fetched> = await fetchArtifacts(plan.artifacts, fetching);
  const { steps, contents } = withArtifacts(plan, found, captured.contents);
  const put: Shell['put'] = async (_path, tar) => {
    execFileSync('tar', ['-x', '-p', '-C', folder], { input: await buffer(tar) });
  };
  const machine = { label: 'a folder', shell: { put } } as Partial<Machine> as Machine;
  const unpacked = steps.filter(({ kind }) => kind === 'unpack');
  await customize(machine, unpacked, contents);
  const rungs = new Map([...found].map(([{ name }, { rung }]) => [name, rung]));
  return { folder, rungs, steps, folders: [folder, store.folder] };
}

/** All that is below a path of a folder: type, mode, content or target of each, and the date of files. */
export async function listing(folder: string, path: string): Promise<Record<string, unknown>> {
  await using machine = await directoryMachine(folder);
  const entries: Record<string, unknown> = {};
  for await (const entry of machine.files.walk(path as FilePath, { hash: true })) entries[entry.path] = seen(entry);
  return entries;
}

function seen({ type, mode, hash, target, mtime }: FileEntry) {
  return { type, mode, ...(hash ? { hash, mtime } : {}), ...(target ? { target } : {}) };
}
