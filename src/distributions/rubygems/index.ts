import { type FilePath, parentPath } from '../../model/file-path.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { type Description, type Records, upTo } from '../../packaging/prefix/kind.js';

/** `gems/NAME-VERSION[-PLATFORM]` of a gem home: https://guides.rubygems.org/command-reference/#gem-environment */
const gemPattern = /\/gems\/([A-Za-z0-9_.-]+?)-(\d[^/-]*)((?:-[^/]+)?)(?=\/|$)/;
const gemOf = upTo(gemPattern);
const specificationPattern = /\/specifications\/([^/]+)\.gemspec$/;

/** Gems of Ruby in the gem homes that people and version managers make. */
export const rubygems = prefixDistribution({
  name: 'rubygems',
  title: 'gems of Ruby',
  prefixOf: gemFolderOf,
  records: (folder) => [specificationOf(folder)],
  describe: describeGem,
});

/** Of a file of a gem, or of its specification. */
function gemFolderOf(path: FilePath): FilePath | undefined {
  const specification = specificationPattern.exec(path);
  if (specification) return `${path.slice(0, specification.index)}/gems/${specification[1]}` as FilePath;
  return gemOf(path);
}

function specificationOf(folder: FilePath): FilePath {
  const home = parentPath(parentPath(folder));
  return `${home}/specifications/${folder.slice(folder.lastIndexOf('/') + 1)}.gemspec` as FilePath;
}

/** RubyGems writes specifications in one form: https://guides.rubygems.org/specification-reference/ */
function describeGem(folder: FilePath, records: Records): Description | undefined {
  const specification = specificationOf(folder);
  const content = records.get(specification);
  const home = parentPath(parentPath(folder));
  const [, name, version, platform = ''] = gemPattern.exec(folder) ?? [];
  if (!content || name === undefined || version === undefined) return undefined;
  const text = content.toString('utf8');
  const required = [...text.matchAll(/^\s*s\.add_(?:runtime_)?dependency\(%q<([\w.-]+)>/gm)].map(([, gem]) => gem);
  return {
    name: /^\s*s\.name = "([^"]+)"/m.exec(text)?.[1] ?? name,
    version: /^\s*s\.version = "([^"]+)"/m.exec(text)?.[1] ?? version,
    ...(platform === '' ? {} : { details: { platform: platform.slice(1) } }),
    // Which of several versions a program takes is decided when it runs: all that are there may be needed.
    needs: [...new Set(required)].map((gem) => `${home}/specifications/${gem}-[0-9]*.gemspec`),
    besides: [specification],
  };
}
