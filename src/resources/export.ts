import { lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Backend } from '../../backends/backend.js';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { canonicalTar } from '../filesystem/canonical-tar.js';
import { type ImageSettings, writeImage } from '../filesystem/image-archive.js';
import { tarMembers } from '../filesystem/tar.js';
import { type Sha256, sha256OfStream } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import { pathToBytes } from '../model/file-path.js';
import { defaultImage } from '../model/image-name.js';
import { type Progress, silent, stage } from '../model/progress.js';
import type { Resource } from '../model/resource.js';
import type { Specification } from '../spec/specification.js';
import { withoutMountPoints } from './mount-points.js';

export interface ExportOptions {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly host: Machine;
  /** What the resource was made from. */
  readonly spec: Specification;
  readonly output: string;
  /** `tar`: its files. `oci`: an image of them, with what starts in it. */
  readonly format: 'tar' | 'oci';
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface Exported {
  readonly file: string;
  readonly format: 'tar' | 'oci';
  readonly size: number;
  readonly sha256: Sha256;
  /** Of an image, its name once it is loaded. */
  readonly image?: string;
}

/**
 * Writes a resource's files at rest into one file, whose bytes are the same for the same tree, whoever built it, where
 * and when. Nothing is replaced.
 */
export async function exportResource(options: ExportOptions): Promise<Exported> {
  const { resource, backend, host, spec, output, format, progress = silent, signal } = options;
  await refusePresent(output);
  const epoch = spec.lock?.epoch ?? 0;
  const settings = imageSettings(resource, spec, epoch);
  const temporary = join(dirname(output), `.${basename(output)}.${process.pid}.part`);
  try {
    await using file = await open(temporary, 'wx+').catch((error: unknown) => {
      throw unwritable(output, error);
    });
    await stage(
      progress,
      'export',
      async (advance) => {
        const points = await backend.mountPoints(resource, host);
        const tree = await backend.exportTree(resource, host, signal);
        try {
          const tar = counted(canonicalTar(withoutMountPoints(tarMembers(tree), points), epoch), advance);
          if (format === 'oci') await writeImage(file, tar, settings);
          else for await (const chunk of tar) await file.appendFile(chunk);
        } finally {
          tree.destroy();
        }
      },
      { unit: 'bytes' },
    );
    await file.sync();
    const { hash, size } = await sha256OfStream(file.createReadStream({ start: 0, autoClose: false }));
    signal?.throwIfAborted();
    await rename(temporary, output);
    return { file: output, format, size, sha256: hash, ...(format === 'oci' && { image: settings.name }) };
  } finally {
    await rm(temporary, { force: true });
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

/** Where a distribution has its own word for an architecture: https://go.dev/doc/install/source#environment */
const goArchitectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  i386: '386',
  i686: '386',
  x86: '386',
  armhf: 'arm',
  armv7: 'arm',
  ppc64el: 'ppc64le',
};

/** What tells one build from another, such as a token, is left out. */
function imageSettings(
  { name, run, planDigest, specDigest }: Resource,
  spec: Specification,
  epoch: number,
): ImageSettings {
  const { architecture } = spec.manifest.base;
  return {
    name: defaultImage(name),
    architecture: goArchitectures[architecture] ?? architecture,
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
