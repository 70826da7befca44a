import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ReproError, reasonOf } from '../../errors.js';
import type { NamedMember } from '../../filesystem/tar-extract.js';
import type { Shell } from '../../machines/machine.js';
import { listOf } from '../../machines/shell/tools.js';
import { type FilePath, joinPath, rootPath, showPath } from '../../model/file-path.js';
import { type CopyEnd, shellOf, type Target } from './ends.js';
import { packMembers } from './members.js';

/**
 * Unpacks members at their place by the machine's own tar. What is not added to a folder that is there comes into a
 * fresh one beside its place first: so no link can lead it elsewhere, and it is whole or not there.
 */
export async function putMembers(end: CopyEnd, target: Target, members: AsyncIterable<NamedMember>): Promise<void> {
  const { folder, name, isThere } = target;
  const shell = shellOf(end);
  const owner = await ownerOn(end);
  const put = (at: FilePath) =>
    shell.put(rootPath, Readable.from(packMembers(members, at, owner), { objectMode: false }));
  if (isThere) return put(folder);
  const fresh = joinPath(folder, `.reproman-${randomUUID()}`);
  try {
    await onPaths(shell, ['mkdir', '-m', '0700'], [fresh]);
    await put(fresh);
    await onPaths(shell, ['mv', '-f'], [joinPath(fresh, name), joinPath(folder, name)]);
  } catch (error) {
    const isGone = await onPaths(shell, ['rm', '-rf'], [fresh]).then(
      () => true,
      () => false,
    );
    throw isGone ? error : brokenOff(error, fresh);
  }
  await onPaths(shell, ['rm', '-rf'], [fresh]);
}

/** Where nothing can be removed any more, at least it is said what stays. */
function brokenOff(error: unknown, fresh: FilePath): ReproError {
  const { kind = 'step-failed', message = reasonOf(error), remedy } = error instanceof ReproError ? error : {};
  return new ReproError(kind, `${message}; what was copied until then is in ${showPath(fresh)}`, {
    cause: error,
    ...(remedy !== undefined && { remedy }),
  });
}

/** Whose what is put there shall be: who is not root there can only have files of their own. */
async function ownerOn(end: CopyEnd): Promise<NonNullable<CopyEnd['owner']>> {
  const shell = shellOf(end);
  const ask = async (flag: string) => Number((await shell.run(['id', flag])).stdout.toString('latin1'));
  const uid = await ask('-u');
  return uid === 0 ? (end.owner ?? { uid: 0, gid: 0 }) : { uid, gid: await ask('-g') };
}

/** Runs a program on paths, which may be any bytes. */
async function onPaths(shell: Shell, argv: readonly string[], paths: readonly FilePath[]): Promise<void> {
  const { exit, stderr } = await shell.run(['xargs', '-0', ...argv, '--'], { input: listOf(paths) });
  if (exit.code === 0) return;
  const why = stderr.toString('utf8').trim().split('\n').at(-1) || `exit code ${exit.code}`;
  throw new ReproError('step-failed', `nothing could be copied: ${why}`, {
    where: paths.slice(-1).map(showPath).join(),
  });
}
