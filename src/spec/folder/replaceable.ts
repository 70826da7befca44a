import { mkdir, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { codeOf, ReproError } from '../../errors.js';
import { layoutOf, parts, type SpecLayout, temporaryName } from './layout.js';

/** Whether a spec may be written here: fails where a file or folder of another kind has the name, or nothing may be written. */
export async function checkReplaceable(file: string): Promise<void> {
  const layout = layoutOf(file);
  const folder = dirname(layout.manifest);
  // Why it cannot be looked at, the attempt to write there says.
  const isThere = await stat(folder).then(
    (found) => found.isDirectory(),
    (error: unknown) => codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR',
  );
  if (!isThere) {
    throw new ReproError('usage', 'the folder that the spec should go into does not exist', {
      where: folder,
      remedy: 'make it, or choose another place with -o',
    });
  }
  await tryToWrite(layout);
  if (!(await isSpecOrNothing(layout.manifest))) throw inTheWay(file, 'a file that is not a spec of reproman');
  const names = await namesIn(layout.folder);
  if (names === undefined) throw inTheWay(layout.folder, 'something that is not a folder of reproman');
  if (names.length > 0 && !names.includes(parts.lock))
    throw inTheWay(layout.folder, 'a folder that is not of reproman');
}

/** Only the attempt tells: rights, read-only disks, quotas, and what the kernel makes up. */
async function tryToWrite({ folder }: SpecLayout): Promise<void> {
  const attempt = temporaryName(folder);
  try {
    await mkdir(attempt);
    await rmdir(attempt);
  } catch (error) {
    throw new ReproError('usage', `the folder that the spec should go into cannot be written (${codeOf(error)})`, {
      where: dirname(folder),
      remedy: 'choose another place with -o',
      cause: error,
    });
  }
}

async function isSpecOrNothing(file: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EISDIR') return codeOf(error) === 'ENOENT';
    throw unreadable(file, error);
  }
  try {
    if (/^# yaml-language-server: .*environment\.schema\.json/.test(text)) return true;
    return isSpec(parse(text, { logLevel: 'silent' }));
  } catch {
    return false;
  }
}

/** Versions of other tools' files are texts; one written by hand may do without a base. */
function isSpec(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const { version, base, packages, distributions } = value as Record<string, unknown>;
  return Number.isInteger(version) && [base, packages, distributions].some((each) => each !== undefined);
}

/** Nothing where there is no folder; undefined where there is something else. */
export async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    if (codeOf(error) === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
}

function unreadable(where: string, cause: unknown): ReproError {
  const remedy = 'give yourself the right to read it, or choose another name with -o';
  return new ReproError('usage', `what has the name of the spec cannot be read (${codeOf(cause)})`, {
    ...{ where, remedy, cause },
  });
}

function inTheWay(where: string, what: string): ReproError {
  const remedy = 'move it away, or choose another name with -o';
  return new ReproError('usage', `${what} is in the way of the spec, and is left as it is`, { where, remedy });
}
