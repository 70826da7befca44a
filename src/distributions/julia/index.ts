import { type FilePath, joinPath } from '../../model/file-path.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { type Description, type Records, upTo } from '../../packaging/prefix/kind.js';

/** In a depot: `packages/NAME/SLUG` and `artifacts/TREE`: https://docs.julialang.org/en/v1/manual/environment-variables/#JULIA_DEPOT_PATH */
const packageOf = upTo(/\/packages\/[A-Z]\w*\/[A-Za-z0-9]{4,5}(?=\/|$)/);
const artifactPattern = /\/artifacts\/([0-9a-f]{40})(?=\/|$)/;
const artifactOf = upTo(artifactPattern);
const recordNames = ['Project.toml', 'JuliaProject.toml'] as const;

/** Packages and artifacts in the depots of Julia. */
export const julia = prefixDistribution({
  name: 'julia',
  title: 'packages of Julia',
  prefixOf: (path) => packageOf(path) ?? artifactOf(path),
  records: (folder) => (artifactPattern.test(folder) ? [] : recordNames.map((name) => joinPath(folder, name))),
  describe: describeJulia,
});

function describeJulia(folder: FilePath, records: Records): Description | undefined {
  const tree = artifactPattern.exec(folder)?.[1];
  if (tree !== undefined) return { name: 'artifact', version: tree, details: { 'git-tree-sha1': tree } };
  const content = recordNames.map((name) => records.get(joinPath(folder, name))).find((each) => each !== undefined);
  if (!content) return undefined;
  const text = content.toString('utf8');
  const [name, uuid] = [stringIn(text, 'name'), stringIn(text, 'uuid')];
  if (name === undefined || uuid === undefined) throw new Error('its project file names no package');
  const slug = folder.slice(folder.lastIndexOf('/') + 1);
  return { name, version: stringIn(text, 'version') ?? slug, details: { uuid, slug } };
}

/** A string of the top of a TOML document, before its first table. */
function stringIn(text: string, key: string): string | undefined {
  const top = text.split(/^\s*\[/m, 1)[0] ?? '';
  return new RegExp(`^\\s*${key}\\s*=\\s*(["'])([^"'\\n]*)\\1`, 'm').exec(top)?.[2];
}
