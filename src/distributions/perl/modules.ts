import type { FilePath } from '../../model/file-path.js';
import type { PrefixPackage, Records } from '../../packaging/prefix/kind.js';
import type { Install } from './installs.js';
import { filesIn, type Place, placeOf } from './libraries.js';
import { comparePerlVersions, versionIn } from './version.js';

/** A module with the files that its list names. */
export interface ListedModule extends Place {
  readonly at: FilePath;
  readonly files: readonly FilePath[];
  /** The file of the module that has its name: as a rule its version is in it. */
  readonly main?: FilePath;
}

/** The modules whose lists are among the records. */
export function listedModules(records: Records): ListedModule[] {
  return [...records].flatMap(([at, content]) => (at.endsWith('/.packlist') ? [listedModule(at, content)] : []));
}

export function listedModule(at: FilePath, content: Buffer): ListedModule {
  const place = placeOf(at);
  const files = filesIn(content);
  const ending = `/${place.module?.replaceAll('::', '/')}.pm`;
  const main = files.filter((file) => file.endsWith(ending)).sort((a, b) => a.length - b.length)[0];
  return { ...place, at, files, ...(main === undefined ? {} : { main }) };
}

/** Where else something of a module is written. */
export interface Notes {
  /** `perllocal.pod` of its folder. */
  readonly pod: Buffer | undefined;
  readonly installs: readonly Install[];
  /** The text of its main file. */
  readonly source: string;
}

/** What is known of a module; undefined of a list that is none of a module. */
export function describeModule(
  { at, folder, module, files }: ListedModule,
  { pod, installs, source }: Notes,
): PrefixPackage | undefined {
  if (module === undefined) {
    // Perl itself lists its own files; its folder has the name of its version.
    const version = /\/(5\.\d+\.\d+)\//.exec(at)?.[1];
    return version === undefined ? undefined : { ...packageAt(at, 'perl', version), besides: files };
  }
  const here = installs.filter((each) => each.folder === folder);
  const own = here.filter(({ name }) => name === module);
  const newest = own.toSorted((a, b) => comparePerlVersions(b.version, a.version))[0];
  const version = versionIn(source) ?? notedVersion(pod, module) ?? newest?.version ?? 'unknown';
  const install = own.find((each) => comparePerlVersions(each.version, version) === 0);
  const { dist, pathname, requires = [], records = [] } = install ?? {};
  return {
    ...packageAt(at, module, version),
    details: { ...(dist ? { distribution: dist } : {}), ...(pathname ? { pathname } : {}) },
    besides: [...files, ...records],
    neededRecords: requires.map((name) => {
      const by = here.find(({ provides }) => Object.hasOwn(provides, name))?.name ?? name;
      return `${folder}/auto/${by.replaceAll('::', '/')}/.packlist`;
    }),
  };
}

function packageAt(at: FilePath, name: string, version: string): PrefixPackage {
  return { name, version, at, ref: { distribution: 'perl', name, version, at } };
}

/** What MakeMaker wrote last of a module into `perllocal.pod`. */
function notedVersion(pod: Buffer | undefined, module: string): string | undefined {
  const entries = pod?.toString('utf8').split(/^=head2 /m) ?? [];
  const own = entries.filter((entry) => /C<Module> L<([^|>]+)/.exec(entry)?.[1] === module);
  return /C<VERSION: ([^>]+)>/.exec(own.at(-1) ?? '')?.[1];
}
