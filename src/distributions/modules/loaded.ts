import type { FilePath } from '../../model/file-path.js';
import { isWithin, normalizePath, pathFromText } from '../../model/file-path.js';
import type { Description } from '../../packaging/prefix/kind.js';
import { type Effect, effectsOf } from './modulefile.js';

/** A module that some process of the run had loaded. */
export interface LoadedModule extends Description {
  readonly file: FilePath;
  /** The folders of the software that it makes available, the main one first; its own file where there are none. */
  readonly places: readonly [FilePath, ...FilePath[]];
}

/** Module files with the names of their modules: both managers keep the two lists in one order. */
export function loadedFiles(environments: Iterable<ReadonlyMap<string, string>>): Map<FilePath, string> {
  const files = new Map<FilePath, string>();
  for (const environment of environments) {
    const names = environment.get('LOADEDMODULES')?.split(':') ?? [];
    for (const [at, file] of fileList(environment).entries()) {
      const name = names[at];
      if (file.startsWith('/') && name) files.set(normalizePath(file as FilePath), name);
    }
  }
  return files;
}

/** Some builds of Lmod cut the list into numbered pieces. */
function fileList(environment: ReadonlyMap<string, string>): string[] {
  const whole = environment.get('_LMFILES_');
  if (whole !== undefined) return whole.split(':');
  let list = '';
  for (let piece = 1; ; piece++) {
    const part = environment.get(`_LMFILES${String(piece).padStart(3, '0')}_`);
    if (part === undefined) return list.split(':');
    list += part;
  }
}

/** A module by its full name, `name/version`, and what its file says. */
export function describeModule(file: FilePath, fullName: string, content: Buffer): LoadedModule {
  const effects = effectsOf(file, content.toString('utf8'));
  const slash = fullName.lastIndexOf('/');
  const version = slash > 0 ? fullName.slice(slash + 1) : 'default';
  const places = placesOf(effects, version);
  const [first = file, ...others] = places;
  return {
    name: slash > 0 ? fullName.slice(0, slash) : fullName,
    version,
    file,
    places: [first, ...others],
    details: detailsOf(file, effects),
    besides: first === file ? others : [...others, file],
  };
}

function detailsOf(file: FilePath, effects: readonly Effect[]): Record<string, string> {
  const details: Record<string, string> = { file };
  for (const { kind, name, value } of effects) {
    const key = kind === 'module' ? 'loads' : name;
    const known = details[key];
    details[key] = known === undefined ? value : `${known}:${value}`;
  }
  return details;
}

/** Folders of a package that variables name, below the package's own. */
const inPrefix = /\/(?:s?bin|lib(?:32|64|exec)?|include|share|man|info|etc)(?=\/|$)/g;

/** The folder of the package: packages, too, may be called `lib`, so one with the version in its name goes first. */
function prefixOf(value: string, version: string): string {
  const cuts = [...value.matchAll(inPrefix)].map(({ index }) => value.slice(0, index));
  const isOfVersion = (cut: string) =>
    cut.split('/').some((part) => part === version || part.startsWith(`${version}-`));
  return cuts.find(isOfVersion) ?? cuts[0] ?? value;
}

/** Folders that hold software of many kinds: no module has all of one. */
const shared = /^(?:\/|\/(?:usr|opt|srv|home|root|var|etc|mnt|apps|sw|software|tmp)|\/usr\/local|\/home\/[^/]+)$/;

/** Where further modules are is no software. */
function placesOf(effects: readonly Effect[], version: string): FilePath[] {
  const values = effects
    .filter(({ kind, name, value }) => kind !== 'module' && name !== 'MODULEPATH' && value.startsWith('/'))
    .map(({ value }) => value);
  const folders = values.map((value) => normalizePath(pathFromText(prefixOf(value, version) || '/')));
  const own = folders.filter((folder) => !shared.test(folder));
  const outermost = own.filter((folder) => !own.some((other) => other !== folder && isWithin(folder, other)));
  return [...new Set(outermost)];
}
