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

/** The public keys that a variable names, as files or folders of them, with spaces between. */
export async function keyFilesIn(environment: Environment, variable: string): Promise<KeyFile[]> {
  const named = environment[variable]?.split(/\s+/).filter(Boolean) ?? [];
  const found: KeyFile[] = [];
  for (const path of named) {
    try {
      const isFolder = (await stat(path)).isDirectory();
      const files = isFolder ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
      for (const file of files) found.push({ path: file, content: await readFile(file) });
    } catch (cause) {
      throw new ReproError('usage', `the keys that ${variable} names cannot be read (${codeOf(cause)})`, {
        where: path,
        remedy: 'name the files or the folder where they are, with spaces between',
        cause,
      });
    }
  }
  return found;
}

/** Whether the settings take a repository's word without a signature. */
export function mayBeUnsigned(repository: string, environment: Environment): boolean {
  return addressesIn(environment, unsignedVariable).includes(repository.replace(/\/+$/, ''));
}

/** What to do about a repository that no trusted key signed. */
export function unsignedRemedy(remedy: string, repository: string): string {
  return `${remedy}; or take what the repository gives unverified, by ${unsignedVariable}=${repository}.`;
}
