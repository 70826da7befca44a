import { type FilePath, isWithin, showPath } from '../../model/file-path.js';
import type { DistributionModule } from '../../packaging/distribution.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import type { PrefixKind } from '../../packaging/prefix/kind.js';
import { PrefixReader } from '../../packaging/prefix/reader.js';
import type { PrefixLock, PrefixManifest } from '../../packaging/prefix/schema.js';
import type { OpenContext } from '../../packaging/reader.js';
import { describeModule, type LoadedModule, loadedFiles } from './loaded.js';

const kind: PrefixKind = {
  name: 'modules',
  title: 'environment modules',
  prefixOf: () => undefined,
  records: () => [],
  describe: () => undefined,
};

/** What environment modules (Environment Modules, Lmod) made available to the run, with their files. */
export const modules: DistributionModule<PrefixManifest, PrefixLock> = { ...prefixDistribution(kind), open };

/** Which modules there are only the environment of the run tells. */
async function open({ machine, environments }: OpenContext): Promise<PrefixReader | undefined> {
  const files = loadedFiles(environments?.() ?? []);
  if (files.size === 0) return undefined;
  const contents = await machine.files.gather([...files.keys()].map((path) => path.replace(/[*?[\]{}\\]/g, '?')));
  const found = [...files].flatMap(([file, name]) => {
    const content = contents.get(file);
    return content ? [describeModule(file, name, content)] : [];
  });
  return new PrefixReader(kindOf(found), machine, [...unreadNotes(files, found), ...sharedNotes(found)]);
}

function kindOf(found: readonly LoadedModule[]): PrefixKind {
  const places = found.flatMap((each) => [...each.places, each.file].map((place) => [place, each] as const));
  // The innermost first: software may lie in a folder of another.
  places.sort(([a], [b]) => b.length - a.length);
  const moduleOf = (path: FilePath) => places.find(([place]) => isWithin(path, place))?.[1];
  return {
    ...kind,
    prefixOf: (path) => moduleOf(path)?.places[0],
    describe: (prefix) => found.find(({ places: [first] }) => first === prefix),
  };
}

function unreadNotes(files: ReadonlyMap<FilePath, string>, found: readonly LoadedModule[]): string[] {
  const read = new Set(found.map(({ file }) => file));
  return [...files]
    .filter(([file]) => !read.has(file))
    .map(([file, name]) => `The module ${name} was loaded, but its file ${showPath(file)} cannot be read.`);
}

/** A folder is one package's: of several modules for the same software the spec has the first. */
function sharedNotes(found: readonly LoadedModule[]): string[] {
  return found.flatMap((each) => {
    const [place] = each.places;
    const first = found.find(({ places }) => places[0] === place) ?? each;
    if (first === each) return [];
    return `The module ${titleOf(each)} is in the spec as ${titleOf(first)}: the software of both lies in ${showPath(place)}.`;
  });
}

function titleOf({ name, version }: LoadedModule): string {
  return `${name}/${version}`;
}
