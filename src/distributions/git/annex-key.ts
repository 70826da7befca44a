import { createHash } from 'node:crypto';
import type { FilePath } from '../../model/file-path.js';

/** A key of git-annex: the name of a content (https://git-annex.branchable.com/internals/key_format/). */
export interface AnnexKey {
  /** As it is written in names of files. */
  readonly file: string;
  readonly backend: string;
  readonly size?: number;
  /** Of a backend whose keys are hashes that can be checked here. */
  readonly hash?: { readonly algorithm: string; readonly value: string };
}

const objectPattern = /\/annex\/objects\/(?:[^/]+\/[^/]+\/)?([^/]+)\/\1$/;
const pointerPattern = /^\/annex\/objects\/([^/\n]+)\n/;
const keyPattern = /^([A-Z0-9_]+)((?:-[sSmC]\d+)*)--(.+)$/s;

/** The key whose content lies at a path, which is also where the link in the working tree leads. */
export function keyAtPath(path: FilePath): AnnexKey | undefined {
  const file = objectPattern.exec(path)?.[1];
  return file === undefined ? undefined : parseKey(file);
}

/** The key that an unlocked file stands for in commits. */
export function keyInPointer(blob: Buffer): AnnexKey | undefined {
  const file = blob.length > 32 * 1024 ? undefined : pointerPattern.exec(blob.toString('latin1'))?.[1];
  return file === undefined ? undefined : parseKey(file);
}

export function parseKey(file: string): AnnexKey | undefined {
  const [, backend, fields = '', name = ''] = keyPattern.exec(serialized(file)) ?? [];
  if (backend === undefined) return undefined;
  const size = /-s(\d+)/.exec(fields)?.[1];
  const algorithm = algorithms[backend.replace(/E$/, '')];
  // With an E at its end the backend keeps the extension of the file.
  const value = /^[0-9a-f]+/.exec(name)?.[0];
  return {
    file,
    backend,
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(algorithm === undefined || value === undefined ? {} : { hash: { algorithm, value } }),
  };
}

const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA224: 'sha224',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
};

/** Where the branch `git-annex` has a log of a key (https://git-annex.branchable.com/internals/hashing/, "new hash format"). */
export function logPath({ file }: AnnexKey, suffix: '.log' | '.log.web'): FilePath {
  const sum = createHash('md5').update(serialized(file), 'latin1').digest('hex');
  return `${sum.slice(0, 3)}/${sum.slice(3, 6)}/${file}${suffix}` as FilePath;
}

/** In names of files four characters are written otherwise. */
function serialized(file: string): string {
  const meant: Readonly<Record<string, string>> = { '%': '/', '&c': ':', '&s': '%', '&a': '&' };
  return file.replace(/%|&[csa]/g, (written) => meant[written] as string);
}
