import { lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Backend } from '../../backends/backend.js';
import { type FormatName, formats } from '../../backends/registry.js';
import type { ContentFolder } from '../archives/store.js';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { canonicalTar } from '../filesystem/canonical-tar.js';
import type { ImageSettings } from '../filesystem/image-archive.js';
import { tarMembers } from '../filesystem/tar.js';
import { type Sha256, sha256OfFile } from '../hash.js';
import type { ImageFormat } from '../machines/formats/format.js';
import type { Machine } from '../machines/machine.js';
import { chooseTreeMapping, removeTree } from '../machines/rootfs/index.js';
import { pathToBytes } from '../model/file-path.js';
import { goArchitecture } from '../model/go-architecture.js';
import { defaultImage } from '../model/image-name.js';
import { type Progress, silent, stage } from '../model/progress.js';
import type { Resource } from '../model/resource.js';
import { systemOf } from '../spec/document/manifest.js';
import type { Specification } from '../spec/specification.js';
import { createEnvironment } from './create.js';
import { systemsOn } from './host-system.js';
import { withoutMountPoints } from './mount-points.js';
import { digested } from './tree-source.js';

export interface ExportOptions {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly host: Machine;
  /** This machine, where the file is made. */
  readonly here: Machine;
  /** What the resource was made from. */
  readonly spec: Specification;
  readonly output: string;
  readonly format: FormatName;
  /** For packages of a system that the file boots. */
  readonly store: ContentFolder;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface Exported {
  readonly file: string;
  readonly format: FormatName;
  /** Of one file, not of a folder. */
  readonly size?: number;
  readonly sha256?: Sha256;
  /** Of an image, its name once it is loaded. */
  readonly image?: string;
  /** Of the files in it. */
  readonly treeDigest: Sha256;
}

/**
 * Writes a resource's files at rest into one file, whose bytes are the same for the same tree where its form allows
 * that, whoever built it, where and when. Nothing is replaced.
 */
export async function exportResource(options: ExportOptions): Promise<Exported> {
  const { resource, backend, host, here, spec, output, format: name, store, progress = silent, signal } = options;
  const format: ImageFormat = await formats[name]();
  const readiness = await format.check?.(here);
  if (readiness?.ready === false) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  await refusePresent(output);
  const epoch = spec.lock?.epoch ?? 0;
  const settings = imageSettings(resource, spec, epoch);
  const temporary = join(dirname(output), `.${basename(output)}.${process.pid}.part`);
  const folder = await mkdtemp(`${temporary}-`).catch((error: unknown) => {
    throw unwritable(output, error);
  });
  const work = { here, folder, progress, ...(signal && { signal }) };
  const base = systemOf(spec.manifest);
  const maker = { options: { host: here, name: resource.name, store, progress, ...(signal && { signal }) } };
  const system = systemsOn(base, { ...maker, create: createEnvironment });
  try {
    const treeDigest = await stage(
      progress,
      'export',
      async (advance) => {
        const points = await backend.mountPoints(resource, host);
        const tree = await backend.exportTree(resource, host, signal);
        try {
          const members = withoutMountPoints(tarMembers(tree), points);
          const content = Readable.from(counted(canonicalTar(members, epoch), advance), { objectMode: false });
          const { tar, digest } = digested(content, epoch);
          await format.write(tar, { ...work, file: temporary, resource, settings, base, system });
          tar.destroy();
          return await digest;
        } finally {
          tree.destroy();
        }
      },
      { unit: 'bytes' },
    );
    const isFolder = (await lstat(temporary)).isDirectory();
    const content = isFolder ? undefined : await sha256OfFile(temporary);
    signal?.throwIfAborted();
    await rename(temporary, output);
    return {
      ...{ file: output, format: name, treeDigest },
      ...(content && { size: content.size, sha256: content.hash }),
      ...((name === 'oci' || name === 'docker-archive') && { image: settings.name }),
    };
  } finally {
    for (const path of [temporary, folder]) await removeParts(path, here);
  }
}

/** What is in a folder may be of ids that an ordinary user is only inside the mapping. */
async function removeParts(path: string, here: Machine): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') throw error;
    await removeTree(path, await chooseTreeMapping(here), here);
  }
}

async function* counted(tar: AsyncIterable<Buffer>, advance: (done: number) => void): AsyncGenerator<Buffer, void> {
  let done = 0;
  for await (const chunk of tar) {
    yield chunk;
    done += chunk.length;
    advance(done);
  }
}

/** What tells one build from another, such as a token, is left out. */
function imageSettings(
  { name, run, planDigest, specDigest }: Resource,
  spec: Specification,
  epoch: number,
): ImageSettings {
  return {
    name: defaultImage(name),
    architecture: goArchitecture(spec.manifest.base.architecture),
    epoch,
    config: {
      Env: Object.entries(run.environment).map(([variable, value]) => `${variable}=${value}`),
      WorkingDir: pathToBytes(run.cwd).toString('utf8'),
      User: `${run.user.uid}:${run.user.gid}`,
      Cmd: run.command ?? ['/bin/sh'],
      Labels: { 'reproman.plan': planDigest, ...(specDigest !== undefined && { 'reproman.spec': specDigest }) },
    },
  };
}

async function refusePresent(output: string): Promise<void> {
  const present = await lstat(output).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritable(output, error);
  });
  if (!present) return;
  throw new ReproError('usage', 'there is a file of this name already, which is not replaced', {
    where: output,
    remedy: 'choose another name with -o, or remove it',
  });
}

function unwritable(output: string, cause: unknown): ReproError {
  return new ReproError('usage', `the file cannot be written: ${reasonOf(cause)}`, {
    where: output,
    remedy: 'name a file in a folder that is there with -o',
    cause,
  });
}
