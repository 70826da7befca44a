import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Artifact } from '../archives/ladder.js';
import { ReproError } from '../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import { isLeftBehind, passingName } from '../machines/host-process.js';
import type { Machine, Shell } from '../machines/machine.js';
import { type FilePath, pathFromText, rootPath } from '../model/file-path.js';
import type { PlannedPackage } from '../model/plan.js';
import type { InstallContext } from './base-system.js';

/** Packages that lie on a machine for its own tool, until they are disposed of. */
export interface PutPackages extends AsyncDisposable {
  /** Where they lie, in their order: plain names, with the ending. */
  readonly files: readonly string[];
}

/** Where they lie, each in a folder of this beginning. */
const place = '/run/reproman';
const beginning = 'packages-';

/**
 * Puts packages as they are onto a machine, in memory and out of the tree. Where that breaks off, nothing of it stays;
 * what a process that was killed left of it on a host goes first.
 */
export async function putPackages(
  packages: readonly PlannedPackage[],
  ending: string,
  { machine, artifacts, epoch }: Pick<InstallContext, 'machine' | 'artifacts' | 'epoch'>,
): Promise<PutPackages> {
  const shell = shellOf(machine);
  const found = packages.map((planned) => artifactOf(planned, artifacts));
  if (isHost(machine)) await sweep(machine, shell);
  // Others may be at work on the same machine.
  const folder = `${place}/${beginning}${isHost(machine) ? await passingName(machine) : randomUUID()}`;
  const files = found.map((_, index) => `${folder}/${index}${ending}`);
  const remove = async () => {
    await shell.run(['rm', '-rf', '--', folder]);
  };
  try {
    await shell.put(rootPath, Readable.from(asTar(folder, found, files, epoch), { objectMode: false }));
  } catch (error) {
    // That it broke off says more than that it cannot be cleared away.
    await remove().catch(() => undefined);
    throw error;
  }
  return { files, [Symbol.asyncDispose]: remove };
}

function shellOf({ shell, label }: Machine): Shell {
  if (shell) return shell;
  throw new ReproError('not-ready', `nothing can be run on ${label}`, { where: label });
}

/** All others lose it with what holds them, and do not see our processes. */
function isHost({ isLocal, keeper }: Machine): boolean {
  return isLocal || keeper !== undefined;
}

async function sweep(machine: Machine, shell: Shell): Promise<void> {
  const folder = pathFromText(place);
  const names: readonly FilePath[] = (await machine.files.lstat(folder)) ? await machine.files.list(folder) : [];
  for (const name of names) {
    const left = name.startsWith(beginning) && (await isLeftBehind(name.slice(beginning.length), machine));
    if (left) await shell.run(['rm', '-rf', '--', `${place}/${name}`]);
  }
}

function artifactOf(planned: PlannedPackage, artifacts: InstallContext['artifacts']): Artifact {
  const artifact = artifacts.get(planned);
  if (artifact) return artifact;
  throw new ReproError('not-rebuildable', `nobody has the package ${planned.name} ${planned.version}`);
}

async function* asTar(
  folder: string,
  found: readonly Artifact[],
  files: readonly string[],
  mtime: number,
): AsyncGenerator<Buffer> {
  const owner = { uid: 0, gid: 0, mtime };
  yield tarHeader({ ...owner, name: folder.slice(1), type: 'directory', mode: 0o755, size: 0 });
  for (const [index, { file }] of found.entries()) {
    const { size } = await stat(file);
    yield tarHeader({ ...owner, name: files[index]?.slice(1) ?? '', type: 'file', mode: 0o644, size });
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) yield chunk;
    yield tarPadding(size);
  }
  yield tarEnd();
}
