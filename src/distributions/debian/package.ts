import type { FilePath } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import type { InstalledPackage } from './installed.js';
import { type Dependencies, parseRelations, type Relation } from './relations.js';
import { decodeText, fieldIn, parseStanza } from './stanzas.js';

interface Head {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** `no`, `same`, `foreign` or `allowed`. */
  readonly multiArch: string;
  /** The third word of Status: `installed`, `triggers-pending`, `half-configured`, ... */
  readonly state: string;
  readonly hold: boolean;
}

export interface Conffile {
  readonly path: FilePath;
  readonly md5: string;
  readonly obsolete: boolean;
}

/** One installed package. Its stanza is read when a field beyond the head is asked for: most packages are never. */
export class DpkgPackage implements InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly multiArch: string;
  readonly state: string;
  readonly hold: boolean;
  readonly ref: PackageRef;
  /** The name of its files in `info/` without their extension. */
  stem: string;
  list: Buffer | undefined;
  /** Undefined until they are read; empty where there are none. */
  md5sums: Buffer | undefined;
  /** What is wrong with it, as whole sentences. */
  readonly problems: string[] = [];
  readonly #stanza: string;
  #raw: Record<string, string> | undefined;
  #fields: Record<string, string> | undefined;
  #checksums: Map<FilePath, string> | undefined;
  #conffiles: readonly Conffile[] | undefined;
  #dependencies: Dependencies | undefined;

  constructor(stanza: string, head: Head) {
    this.#stanza = stanza;
    this.name = head.name;
    this.stem = head.name;
    this.version = head.version;
    this.architecture = head.architecture;
    this.multiArch = head.multiArch;
    this.state = head.state;
    this.hold = head.hold;
    const { name, version, architecture } = head;
    this.ref = { distribution: 'debian', name, version, architecture };
  }

  get id(): string {
    return `${this.name}:${this.architecture}`;
  }

  get fields(): Readonly<Record<string, string>> {
    this.#fields ??= Object.fromEntries(Object.entries(this.#read()).map(([name, value]) => [name, decodeText(value)]));
    return this.#fields;
  }

  get essential(): boolean {
    return this.#stanza.includes('\nEssential: yes');
  }

  /** Groups of Depends and Pre-Depends, and what of them cannot be read. */
  dependencies(): Dependencies {
    this.#dependencies ??= parseRelations(`${this.#find('Pre-Depends')},${this.#find('Depends')}`);
    return this.#dependencies;
  }

  /** Names (with a version where it is given) that this package stands in for. */
  provides(): readonly Relation[] {
    return parseRelations(this.#find('Provides')).groups.flat();
  }

  /** `info/*.md5sums` by absolute path: two spaces between sum and path, no leading slash; never conffiles. */
  get checksums(): ReadonlyMap<FilePath, string> {
    this.#checksums ??= new Map(
      (this.md5sums?.toString('latin1') ?? '')
        .split('\n')
        .filter((line) => /^[0-9a-f]{32} [ *]/.test(line))
        .map((line) => [`/${line.slice(34).replace(/^\.?\//, '')}` as FilePath, line.slice(0, 32)]),
    );
    return this.#checksums;
  }

  /** Of the status stanza. */
  get conffiles(): readonly Conffile[] {
    this.#conffiles ??= conffilesOf(this.#read()['Conffiles'] ?? '');
    return this.#conffiles;
  }

  /** Every listed path, `/.` as `/`. */
  listedPaths(): FilePath[] {
    const paths = (this.list?.toString('latin1') ?? '').split('\n').filter(Boolean);
    return paths.map((path) => (path === '/.' ? '/' : path) as FilePath);
  }

  /** The value of one field, where others are of no use. */
  #find(name: string): string {
    return fieldIn(this.#stanza, { start: 0, end: this.#stanza.length }, name) ?? '';
  }

  #read(): Record<string, string> {
    this.#raw ??= parseStanza(this.#stanza);
    return this.#raw;
  }
}

/** States whose files are (at least partly) unpacked; `config-files` and `not-installed` are leftovers. */
export function isOnDisk(state: string): boolean {
  return state !== 'not-installed' && state !== 'config-files';
}

/** The value of a `Conffiles` field: ` /etc/path md5[ obsolete][ remove-on-upgrade]` lines. */
export function conffilesOf(field: string): Conffile[] {
  return field.split('\n').flatMap((line) => {
    const match = /^ (\/.*?) ([0-9a-f]{32}|newconffile)((?: [a-z-]+)*)$/.exec(line);
    if (!match) return [];
    const [, path = '', md5 = '', flags = ''] = match;
    return [
      { path: path as FilePath, md5, obsolete: flags.includes('obsolete') || flags.includes('remove-on-upgrade') },
    ];
  });
}
