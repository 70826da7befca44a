import type { FilePath } from '../../model/file-path.js';

/** One package as dpkg's status file has it; what origins, repacking and accounts need to know of it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Every field of its stanza by its usual spelling (`Depends`, `Installed-Size`, ...), continuation lines kept. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What dpkg's database holds about one package's files. */
export interface InstalledFiles {
  /** Paths of `info/*.list` in its order, as listed (before diversions and merged /usr). */
  readonly list: readonly FilePath[];
  /** `info/*.md5sums` by absolute path. */
  readonly md5sums: ReadonlyMap<FilePath, string>;
  /** Configuration files of the status stanza with their recorded md5; obsolete ones are marked. */
  readonly conffiles: readonly { readonly path: FilePath; readonly md5: string; readonly obsolete: boolean }[];
  /** The other files of `info/` by extension: `postinst`, `triggers`, `shlibs`, `templates`, ... */
  readonly control: ReadonlyMap<string, Uint8Array>;
}

/** One line of dpkg's statoverride file. */
export interface StatOverride {
  readonly path: FilePath;
  readonly user: string;
  readonly group: string;
  /** Octal text. */
  readonly mode: string;
}
