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

/** In memory, and out of the tree. */
export const packagesFolder = '/run/reproman/packages';

/** Puts packages as they are onto a machine, for its own tool. Gives where they lie, in their order: plain names, with the ending. */
export async function putPackages(
  shell: Shell,
  packages: readonly PlannedPackage[],
  ending: string,
  { artifacts, epoch }: Pick<InstallContext, 'artifacts' | 'epoch'>,
): Promise<string[]> {
  const found = packages.map((planned) => artifactOf(planned, artifacts));
  const files = found.map((_, index) => `${packagesFolder}/${index}${ending}`);
  await shell.put(rootPath, Readable.from(asTar(found, files, epoch), { objectMode: false }));
  return files;
}

function artifactOf(planned: PlannedPackage, artifacts: InstallContext['artifacts']): Artifact {
  const artifact = artifacts.get(planned);
  if (artifact) return artifact;
  throw new ReproError('not-rebuildable', `nobody has the package ${planned.name} ${planned.version}`);
}

async function* asTar(found: readonly Artifact[], files: readonly string[], mtime: number): AsyncGenerator<Buffer> {
  const owner = { uid: 0, gid: 0, mtime };
  yield tarHeader({ ...owner, name: packagesFolder.slice(1), type: 'directory', mode: 0o755, size: 0 });
  for (const [index, { file }] of found.entries()) {
    const { size } = await stat(file);
    yield tarHeader({ ...owner, name: files[index]?.slice(1) ?? '', type: 'file', mode: 0o644, size });
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) yield chunk;
    yield tarPadding(size);
  }
  yield tarEnd();
}
