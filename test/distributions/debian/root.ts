import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { Machine } from '../../../src/machines/machine.js';

const fixtures = new URL('../../fixtures/debian/', import.meta.url).pathname;

/** A folder that holds a small dpkg database cut from a real one, and whatever files a test puts beside it. */
export interface TestRoot extends AsyncDisposable {
  readonly folder: string;
  readonly machine: Machine;
  write(path: string, content?: string | Buffer): Promise<void>;
  link(path: string, target: string): Promise<void>;
}

export async function debianRoot(layout: 'merged-usr' | 'split-usr' = 'merged-usr'): Promise<TestRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'reproman-debian-'));
  for (const name of ['bin', 'sbin', 'lib']) {
    await mkdir(join(folder, 'usr', name), { recursive: true });
    if (layout === 'merged-usr') await symlink(`usr/${name}`, join(folder, name));
    else await mkdir(join(folder, name));
  }
  await cp(join(fixtures, 'dpkg'), join(folder, 'var/lib/dpkg'), { recursive: true });
  await mkdir(join(folder, 'etc'));
  await cp(join(fixtures, 'os-release'), join(folder, 'etc/os-release'));
  const place = async (path: string): Promise<string> => {
    await mkdir(dirname(folder + path), { recursive: true });
    return folder + path;
  };
  return {
    folder,
    machine: await directoryMachine(folder),
    write: async (path, content = '') => writeFile(await place(path), content),
    link: async (path, target) => symlink(target, await place(path)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
