import type { FilePath } from '../../model/file-path.js';
import { type Description, type PrefixKind, upTo } from '../../packaging/prefix/kind.js';

/** `HASH-NAME[-VERSION]`, where the hash is in the letters that Nix uses: https://nix.dev/manual/nix/latest/store/store-path */
const storePattern = /^\/(nix|gnu)\/store\/([0-9a-df-np-sv-z]{32})-([^/]+)/;

/** Store paths as far as their names tell. */
export const storePaths: PrefixKind = {
  name: 'nix',
  title: 'store paths of Nix and Guix',
  prefixOf: upTo(storePattern),
  records: () => [],
  describe: describeStorePath,
};

/** The version begins at the first dash that no letter follows, as Nix itself splits such names. */
export function describeStorePath(path: FilePath): Description | undefined {
  const [, store, hash = '', full = ''] = storePattern.exec(path) ?? [];
  if (store === undefined) return undefined;
  const [, name = full, version] = /^(.+?)-([^a-zA-Z].*)$/.exec(full) ?? [];
  return { name, version: version ?? hash, details: { hash, manager: store === 'nix' ? 'Nix' : 'Guix' } };
}

/** Made of links to all that somebody installed at a time, used or not. */
export function isProfile({ name }: Pick<Description, 'name'>): boolean {
  return /^(?:profile|user-environment|system-path)$/.test(name);
}
