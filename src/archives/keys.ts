import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ReproError } from '../errors.js';
import { addressesIn } from './addresses.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names repositories of apk and rpm whose indexes and packages are taken though nobody who is trusted signed them. */
const unsignedVariable = 'REPROMAN_UNSIGNED_REPOSITORIES';

/** A public key by the file that it is in. */
export interface KeyFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * The public keys that a variable names, as files or folders of them, with spaces between. What else is in a file, such as
 * a private key beside them, is left out by `keysIn`, which tells a file without one by undefined.
 */
export async function keyFilesIn(
  environment: Environment,
  variable: string,
  keysIn: (content: Buffer) => Buffer | undefined,
): Promise<KeyFile[]> {
  const named = environment[variable]?.split(/\s+/).filter(Boolean) ?? [];
  const found: KeyFile[] = [];
  for (const path of named) {
    const keys = (await filesAt(path, variable)).flatMap((file) => {
      const content = keysIn(file.content);
      return content ? [{ ...file, content }] : [];
    });
    if (keys.length === 0) {
      throw new ReproError('usage', `what ${variable} names has no public key in it`, {
        where: path,
        remedy: 'name the file of a public key, or a folder of such files',
      });
    }
    found.push(...keys);
  }
  return found;
}

async function filesAt(path: string, variable: string): Promise<KeyFile[]> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    const files = isFolder ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
    return await Promise.all(files.map(async (file) => ({ path: file, content: await readFile(file) })));
  } catch (cause) {
    throw new ReproError('usage', `the keys that ${variable} names cannot be read (${codeOf(cause)})`, {
      where: path,
      remedy: 'name the files or the folder where they are, with spaces between',
      cause,
    });
  }
}

/** Whether the settings take a repository's word without a signature. */
export function mayBeUnsigned(repository: string, environment: Environment): boolean {
  return addressesIn(environment, unsignedVariable).includes(repository.replace(/\/+$/, ''));
}

/** What to do about a repository that no trusted key signed. */
export function unsignedRemedy(remedy: string, repository: string): string {
  return `${remedy}; or take what the repository gives unverified, by ${unsignedVariable}=${repository}.`;
}
