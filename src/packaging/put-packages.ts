import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Artifact } from '../archives/ladder.js';
import { ReproError } from '../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import type { Shell } from '../machines/machine.js';
import { rootPath } from '../model/file-path.js';
import type { PlannedPackage } from '../model/plan.js';
import type { InstallContext } from './base-system.js';

/** Packages that lie on a machine for its own tool, until they are disposed of. */
export interface PutPackages extends AsyncDisposable {
  /** Where they lie, in their order: plain names, with the ending. */
  readonly files: readonly string[];
}

/** Puts packages as they are onto a machine, in memory and out of the tree. Where that breaks off, nothing of it stays. */
export async function putPackages(
  shell: Shell,
  packages: readonly PlannedPackage[],
  ending: string,
  { artifacts, epoch }: Pick<InstallContext, 'artifacts' | 'epoch'>,
): Promise<PutPackages> {
  const found = packages.map((planned) => artifactOf(planned, artifacts));
  // Others may be at work on the same machine.
  const folder = `/run/reproman/packages-${process.pid}-${randomUUID().slice(0, 8)}`;
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
