import { dirname } from 'node:path/posix';
import type { FilePath } from '../../model/file-path.js';

/** What of paths tells the folder below which a library has its records, as a glob without its end. */
const places: readonly { readonly path: RegExp; readonly records: (...parts: readonly string[]) => string }[] = [
  // INSTALL_BASE, local::lib and Carton; their programs lie beside.
  { path: /^(.+?\/lib\/perl5)\//, records: (root) => `${root}{,/*}` },
  { path: /^(.*\/(?:perl5|local))\/bin\/[^/]+$/, records: (root) => `${root}/lib/perl5{,/*}` },
  // A Perl that somebody built: what it came with, and what was added.
  { path: /^(.+?\/lib\/(?:site_perl\/)?5\.\d+\.\d+)\//, records: (root) => `${root}{,/*}` },
  // The site's folders of Debian's Perl, and of that of rpm distributions.
  { path: /^(.+)\/share\/perl\/(5\.[\d.]+)\//, records: (root, version) => `${root}/lib/*/perl/${version}` },
  { path: /^(.+)\/lib\/[^/]+\/perl\/(5\.[\d.]+)\//, records: (root, version) => `${root}/lib/*/perl/${version}` },
  {
    path: /^(.+)\/(?:share|lib64|lib)\/perl5\/(5\.\d+)\//,
    records: (root, version) => `${root}/lib*/perl5/${version}`,
  },
];

/** What of every path above is rare in others. */
const anyPlace = /\/(?:perl|lib\/site_perl\/|lib\/5\.|local\/bin\/)/;

/** Globs of the folders in which the records of a path's library are; the system's own is its distribution's. */
export function recordFoldersOf(path: FilePath): string | undefined {
  if (!anyPlace.test(path) || /^\/usr\/(?!local\/)/.test(path)) return undefined;
  for (const { path: pattern, records } of places) {
    const found = pattern.exec(path);
    if (found) return records(...found.slice(1));
  }
  return undefined;
}

/** Records of all that a library has: lists of files, and what cpanm wrote of where it had them from. */
export function recordsBelow(folders: string): string[] {
  return [
    `${folders}/auto/**/.packlist`,
    `${folders}/.packlist`,
    `${folders}/perllocal.pod`,
    `${folders}/.meta/*/install.json`,
    `${folders}/.meta/*/MYMETA.json`,
  ];
}

/** Where the record of a module is, seen from the folder that has `auto`; of Perl itself it is that folder. */
export interface Place {
  readonly folder: FilePath;
  /** `Foo::Bar`; absent for Perl itself. */
  readonly module?: string;
}

export function placeOf(packlist: FilePath): Place {
  const [, folder, name] = /^(.*?)\/auto\/(.+)\/\.packlist$/.exec(packlist) ?? [];
  if (folder === undefined || name === undefined) return { folder: dirname(packlist) as FilePath };
  return { folder: folder as FilePath, module: name.replaceAll('/', '::') };
}

/** Where MakeMaker notes what it installs. */
export function podOf({ folder }: Place): FilePath {
  return `${folder}/perllocal.pod` as FilePath;
}

/** Files that a list names: one a line, of some with attributes (ExtUtils::Packlist(3perl)). */
export function filesIn(packlist: Buffer): FilePath[] {
  const lines = packlist.toString('latin1').split('\n');
  return lines.map((line) => line.replace(/(?: \w+=\S+)+$/, '')).filter((line) => line.startsWith('/')) as FilePath[];
}
