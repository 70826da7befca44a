import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { showPath } from '../../model/file-path.js';
import type { PackageFact } from '../../sources/facts.js';

interface RecordKind {
  readonly distribution: string;
  readonly name: RegExp;
  /** Groups: the name, and the version where the record is called after it. */
  readonly path: RegExp;
}

/** Records of package managers that are called after the packages. */
const records: readonly RecordKind[] = [
  {
    distribution: 'debian',
    name: /\.list$/,
    path: /^\/var\/lib\/dpkg\/info\/([a-z0-9][a-z0-9+.-]+?)(?::[a-z0-9]+)?\.list$/,
  },
  {
    distribution: 'conda',
    name: /^.+-[^-]+-[^-]+\.json$/,
    path: /\/conda-meta\/([^/]+)-([^-/]+)-[^-/]+\.json$/,
  },
  {
    distribution: 'python',
    name: /\.(?:dist-info|egg-info)$/,
    path: /\/(?:site|dist)-packages\/([^/]+?)-(\d[^-/]*)(?:-py\d[\d.]*)?\.(?:dist|egg)-info$/,
  },
  {
    distribution: 'npm',
    name: /^package\.json$/,
    path: /^\/(?:usr\/(?:local\/)?)?lib\/node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/,
  },
  { distribution: 'r', name: /^DESCRIPTION$/, path: /\/R\/(?:site-)?library\/([^/]+)\/DESCRIPTION$/ },
];

/** Packages of each environment by the names of their records, for lists of files that tell nothing else. */
export function packagesByPaths(trie: FilesystemTrie): Map<string, PackageFact[]> {
  const tags = trie.tags;
  const found = new Map<string, PackageFact[]>(tags.map((tag) => [tag, []]));
  const byName = new Map<string, readonly RecordKind[]>();
  for (let node = trie.root + 1; node < trie.nodeCount; node++) {
    const label = trie.nameOf(node);
    const candidates = byName.get(label) ?? records.filter((each) => each.name.test(label));
    byName.set(label, candidates);
    if (candidates.length === 0) continue;
    const path = showPath(trie.pathOf(node));
    for (const { distribution, path: pattern } of candidates) {
      const [, name, version = ''] = pattern.exec(path) ?? [];
      if (name === undefined) continue;
      for (const tag of trie.tagSets.tags(trie.setOf(node))) {
        found.get(tags[tag] ?? '')?.push({ distribution, name, version });
      }
    }
  }
  return found;
}
