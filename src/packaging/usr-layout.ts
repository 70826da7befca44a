import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';

/** Top-level folders that merged /usr turns into links: a package may list a file under either spelling. */
const mergeable = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libo32', 'libx32'] as const;

/** How /usr is merged on one machine; never assumed, because package databases of both spellings exist. */
export interface UsrLayout {
  readonly name: 'merged-usr' | 'split-usr';
  /** Top-level links into /usr, e.g. `/bin`. */
  readonly links: ReadonlySet<FilePath>;
  /** The spelling below /usr of a path below such a link; the link itself stays. */
  canonical(path: FilePath): FilePath;
  /** The other spelling of a canonical path, when it has one. */
  alias(path: FilePath): FilePath | undefined;
}

export async function readUsrLayout(machine: Machine): Promise<UsrLayout> {
  const links = new Set<FilePath>();
  for (const [path, kind] of await machine.files.kinds(mergeable.map((name) => `/${name}` as FilePath))) {
    if (kind?.type !== 'symlink') continue;
    const target = kind.target?.replace(/\/+$/, '');
    if (target === `usr${path}` || target === `/usr${path}`) links.add(path);
  }
  return usrLayoutOf(links);
}

/** A layout whose given top-level folders are links into /usr. */
export function usrLayoutOf(links: ReadonlySet<FilePath>): UsrLayout {
  return {
    name: links.has('/bin' as FilePath) && links.has('/lib' as FilePath) ? 'merged-usr' : 'split-usr',
    links,
    canonical: (path) => (isBelowLink(path, 0, links) ? (`/usr${path}` as FilePath) : path),
    alias: (path) =>
      path.startsWith('/usr/') && isBelowLink(path, 4, links) ? (path.slice(4) as FilePath) : undefined,
  };
}

function isBelowLink(path: FilePath, from: number, links: ReadonlySet<FilePath>): boolean {
  if (links.size === 0) return false;
  const code = path.charCodeAt(from + 1);
  // Of the mergeable names all begin with b, l or s: most paths are told apart by one character.
  if (code !== 0x62 && code !== 0x6c && code !== 0x73) return false;
  const slash = path.indexOf('/', from + 1);
  return slash > 0 && links.has(path.slice(from, slash) as FilePath);
}
