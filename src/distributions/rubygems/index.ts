import { type FilePath, parentPath } from '../../model/file-path.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { type Description, type Records, upTo } from '../../packaging/prefix/kind.js';

/** `gems/NAME-VERSION[-PLATFORM]` of a gem home: https://guides.rubygems.org/command-reference/#gem-environment */
const gemPattern = /\/gems\/([A-Za-z0-9_.-]+?)-(\d[^/-]*)((?:-[^/]+)?)(?=\/|$)/;
const gemOf = upTo(gemPattern);
const specificationPattern = /\/specifications\/([^/]+)\.gemspec$/;
/** `extensions/PLATFORM/API/NAME-VERSION`: what was compiled of a gem, with a file without which RubyGems ignores it. */
const extensionPattern = /\/extensions\/[^/]+\/\d[^/]*\/([A-Za-z0-9_.-]+-\d[^/]*)(?=\/|$)/;
const builtName = 'gem.build_complete';

/** Gems of Ruby in the gem homes that people and version managers make. */
export const rubygems = prefixDistribution({
  name: 'rubygems',
  title: 'gems of Ruby',
  prefixOf: gemFolderOf,
  records: (folder) => [specificationOf(folder), `${extensionsBeside(folder)}/${nameOf(folder)}/${builtName}`],
  describe: describeGem,
});

/** Of a file of a gem, of its specification, or of its extensions. */
function gemFolderOf(path: FilePath): FilePath | undefined {
  const beside = specificationPattern.exec(path) ?? extensionPattern.exec(path);
  if (beside) return `${path.slice(0, beside.index)}/gems/${beside[1]}` as FilePath;
  return gemOf(path);
}

function specificationOf(folder: FilePath): FilePath {
  return `${homeOf(folder)}/specifications/${nameOf(folder)}.gemspec` as FilePath;
}

function extensionsBeside(folder: FilePath): string {
  return `${homeOf(folder)}/extensions/*/*`;
}

function homeOf(folder: FilePath): FilePath {
  return parentPath(parentPath(folder));
}

function nameOf(folder: FilePath): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

/** RubyGems writes specifications in one form: https://guides.rubygems.org/specification-reference/ */
function describeGem(folder: FilePath, records: Records): Description | undefined {
  const specification = specificationOf(folder);
  const content = records.get(specification);
  const home = homeOf(folder);
  const [, name, version, platform = ''] = gemPattern.exec(folder) ?? [];
  if (!content || name === undefined || version === undefined) return undefined;
  const text = content.toString('utf8');
  const extensions = [...records.keys()].filter((path) => path.endsWith(`/${nameOf(folder)}/${builtName}`));
  const required = [...text.matchAll(/^\s*s\.add_(?:runtime_)?dependency\(%q<([\w.-]+)>/gm)].map(([, gem]) => gem);
  return {
    name: /^\s*s\.name = "([^"]+)"/m.exec(text)?.[1] ?? name,
    version: /^\s*s\.version = "([^"]+)"/m.exec(text)?.[1] ?? version,
    ...(platform === '' ? {} : { details: { platform: platform.slice(1) } }),
    // Which of several versions a program takes is decided when it runs: all that are there may be needed.
    neededRecords: [...new Set(required)].flatMap((gem) => [
      `${home}/specifications/${gem}-[0-9]*.gemspec`,
      `${extensionsBeside(folder)}/${gem}-[0-9]*/${builtName}`,
    ]),
    besides: [specification, ...extensions.map(parentPath)],
  };
}
