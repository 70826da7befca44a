import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, run } from './run.js';

/** An account made for a test: subordinate ids and a home that nobody else can enter. */
export interface OrdinaryUser extends AsyncDisposable {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** The argument list that runs what follows as this user. */
  readonly become: readonly string[];
  /** A folder with the built command line that the user can read. */
  readonly program: string;
}

/** Makes the account (we must be root), maybe without subordinate ids; disposing removes it with all of its files. */
export async function ordinaryUser({ isAlone = false } = {}): Promise<OrdinaryUser> {
  const name = `${isAlone ? 'reproalone' : 'reprotest'}${process.pid}`;
  const folder = await mkdtemp(join(tmpdir(), 'reproman-user-'));
  await must(['chmod', '0755', folder]);
  const home = join(folder, 'home');
  const ids = isAlone ? ['--key', 'SUB_UID_COUNT=0', '--key', 'SUB_GID_COUNT=0'] : [];
  await must(['useradd', ...ids, '--create-home', '--home-dir', home, '--shell', '/bin/sh', name]);
  await must(['chmod', '0700', home]);
  const [uid = 0, gid = 0] = (await must(['getent', 'passwd', name])).split(':').slice(2, 4).map(Number);
  const become = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
  return {
    name,
    uid,
    gid,
    home,
    become,
    program: await readableProgram(folder, become),
    async [Symbol.asyncDispose]() {
      await run(['userdel', name]);
      await must(['rm', '-rf', '--one-file-system', folder]);
    },
  };
}

async function readableProgram(folder: string, become: readonly string[]): Promise<string> {
  const project = fileURLToPath(new URL('../..', import.meta.url));
  const { code } = await run([...become, 'test', '-r', join(project, 'bin/run.js')]);
  if (code === 0) return project;
  const copy = join(folder, 'program');
  const parts = ['bin', 'dist', 'specs', 'templates', 'package.json', 'node_modules'].map((part) =>
    join(project, part),
  );
  await must(['mkdir', '-p', join(copy, 'src/tracing')]);
  await must(['cp', '-a', ...parts.filter(existsSync), copy]);
  await must(['cp', '-a', join(project, 'src/tracing/native'), join(copy, 'src/tracing')]);
  await must(['mkdir', '-p', join(copy, 'src/machines/rootfs')]);
  for (const each of ['ids', 'proot'])
    await must(['cp', '-a', join(project, 'src/machines/rootfs', each), join(copy, 'src/machines/rootfs')]);
  await must(['chmod', '-R', 'go+rX', copy]);
  return copy;
}
