import type { FilePath } from '../../model/file-path.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { type Description, upTo } from '../../packaging/prefix/kind.js';

/** `HASH-NAME[-VERSION]`, where the hash is in the letters that Nix uses: https://nix.dev/manual/nix/latest/store/store-path */
const storePattern = /^\/(nix|gnu)\/store\/([0-9a-df-np-sv-z]{32})-([^/]+)/;

/** Store paths of Nix and Guix, whose names say what they are. */
export const nix = prefixDistribution({
  name: 'nix',
  title: 'store paths of Nix and Guix',
  prefixOf: upTo(storePattern),
  records: () => [],
  describe: describeStorePath,
});

/** The version begins at the first dash that no letter follows, as Nix itself splits such names. */
function describeStorePath(path: FilePath): Description | undefined {
  const [, store, hash = '', full = ''] = storePattern.exec(path) ?? [];
  if (store === undefined) return undefined;
  const [, name = full, version] = /^(.+?)-([^a-zA-Z].*)$/.exec(full) ?? [];
  return { name, version: version ?? hash, details: { hash, manager: store === 'nix' ? 'Nix' : 'Guix' } };
}
