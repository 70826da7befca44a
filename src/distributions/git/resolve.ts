import { lutimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReproError } from '../../errors.js';
import { ownEnvironment } from '../../exec.js';
import { directoryMachine } from '../../machines/directory.js';
import { requireLocal } from '../../machines/local.js';
import { joinPath, parsePath, pathFromBytes, pathFromText } from '../../model/file-path.js';
import { stage } from '../../model/progress.js';
import type { ResolveContext, Resolved } from '../../packaging/distribution.js';
import { scratchFolder } from '../../scratch.js';
import { openGit } from './reader.js';
import type { GitLock, GitManifest } from './schema.js';

type Wanted = GitManifest['repositories'][number];

/**
 * Clones what is asked for into a scratch folder, and identifies it there as if a run had used all that is tracked; what
 * is locked at the wanted commit stays as it is. Files get the date of the commit.
 */
export async function resolveGit(manifest: GitManifest, context: ResolveContext<GitLock>): Promise<Resolved<GitLock>> {
  const { previous, progress } = context;
  const packages: GitLock['packages'] = [];
  let epoch = 0;
  for (const wanted of manifest.repositories) {
    const known = previous?.packages.find(({ at, version }) => at === wanted.path && version === wanted.commit);
    const { url = wanted.path } = wanted;
    const found = known ? undefined : await stage(progress, `clone ${url}`, () => cloned(wanted, context));
    packages.push(...(known ? [known] : (found?.lock.packages ?? [])));
    epoch = Math.max(epoch, found?.epoch ?? 0);
  }
  return { lock: { name: 'git', packages }, ...(epoch > 0 ? { epoch } : {}) };
}

async function cloned({ path, url, ref, commit }: Wanted, context: ResolveContext<GitLock>) {
  const { host, contents, progress, signal } = context;
  if (url === undefined || contents === undefined) throw cannotClone(path);
  requireLocal(host, 'cloning a repository');
  await using scratch = await scratchFolder('git');
  const folder = join(scratch.path, path);
  const git = (...argv: string[]) =>
    run(context, ['-c', 'core.autocrlf=false', '-c', 'advice.detachedHead=false', ...argv]);
  await git('clone', '--quiet', '--no-checkout', '--', url, folder);
  const inside = (...argv: string[]) => git('-C', folder, ...argv);
  await inside('checkout', '--quiet', commit ?? ref ?? 'HEAD', '--');
  const names = (await inside('ls-files', '-z')).toString('latin1').split('\0').filter(Boolean);
  if (names.includes('.gitmodules')) throw withSubmodules(url);
  const date = Number((await inside('log', '-1', '--format=%ct')).toString('latin1'));
  await setDates(scratch.path, date);
  await using machine = await directoryMachine(scratch.path);
  const reader = await openGit({ machine, databases: new Map() });
  const paths = names.map((name) => joinPath(parsePath(path), pathFromBytes(Buffer.from(name, 'latin1'))));
  const { owners } = await reader.claim(paths);
  await reader.verify(paths, signal);
  return await reader.finish({
    ...{ machine, contents, progress, owned: owners, needed: [], repack: 'missing', ownerOf: () => undefined },
    ...(signal ? { signal } : {}),
  });
}

/** Nobody is there to give a password; what git-lfs keeps elsewhere is no part of the commit. */
const unattended = { GIT_TERMINAL_PROMPT: '0', GIT_LFS_SKIP_SMUDGE: '1' };

async function run({ host, signal }: ResolveContext<GitLock>, argv: readonly string[]): Promise<Buffer> {
  const { exit, stdout, stderr } = (await host.shell?.run(['git', ...argv], {
    ...{ umask: 0o022, cwd: pathFromText('/'), environment: { ...ownEnvironment(), ...unattended } },
    ...(signal ? { signal } : {}),
  })) ?? { exit: { code: 1 }, stdout: Buffer.alloc(0), stderr: Buffer.from('there is no shell to run it with') };
  if (exit.code === 0) return stdout;
  const said = stderr.toString('utf8').trim().split('\n').join(' / ');
  // An address may have a password.
  throw new ReproError('not-rebuildable', `git says: ${said.replace(/:\/\/[^/@\s]*@/g, '://')}`, {
    remedy: 'See that the repository can be reached from here, and that it has what is asked for.',
  });
}

/** Of all but git's own files; folders after what is in them. */
async function setDates(folder: string, date: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === '.git') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await setDates(path, date);
    await lutimes(path, date, date);
  }
  await lutimes(folder, date, date);
}

function cannotClone(where: string): ReproError {
  return new ReproError('usage', 'a repository of git that is not at hand cannot be had here, where nothing is kept', {
    where,
    remedy: 'have it resolved with reproman resolve git:URL@REF, or by create without --dry-run',
  });
}

function withSubmodules(where: string): ReproError {
  return new ReproError('usage', 'a repository with submodules cannot be resolved from its address', {
    where,
    remedy: 'clone it with its submodules, and trace or retrace what is in it',
  });
}
