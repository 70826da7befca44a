import { expect, it } from 'vitest';
import { parseInstalledFiles } from '../../../src/distributions/python/record.js';
import { RecordedPaths } from '../../../src/distributions/python/recorded.js';
import type { InstalledPackage } from '../../../src/distributions/python/site.js';
import type { FilePath } from '../../../src/model/file-path.js';

const site = '/srv/env/lib/python3.11/site-packages';

function packageOf(name: string, ...files: string[]): InstalledPackage {
  return {
    name,
    version: '1',
    site: site as FilePath,
    metadata: `${site}/${name}.dist-info/METADATA` as FilePath,
    requires: [],
    files: parseInstalledFiles(Buffer.from(files.join('\n')), site as FilePath),
    folders: [],
    requested: false,
    problems: [],
  };
}

function recordedOf(...packages: InstalledPackage[]): RecordedPaths {
  const recorded = new RecordedPaths();
  for (const each of packages) recorded.add(each);
  return recorded;
}

it('knows whose a listed file is: of several packages the last, of compiled code nobody', () => {
  const [a, b] = [
    packageOf('a', '/srv/env/bin/x', '/srv/env/bin/y'),
    packageOf('b', `${site}/b.pyc`, '/srv/env/bin/y'),
  ];
  const recorded = recordedOf(a, b);
  const names = ['/srv/env/bin/x', '/srv/env/bin/y', '/srv/env/bin/z', `${site}/b.pyc`, '/srv/env/bin'];
  expect(names.map((path) => recorded.ofFile(path as FilePath)?.name)).toEqual([
    'a',
    'b',
    undefined,
    undefined,
    undefined,
  ]);
});

it('knows which packages have files in a folder or below it, in the folder of packages and not beside it', () => {
  const a = packageOf('a', `${site}/ns/a/deep/x.py`, `${site}/a.py`, `${site}/ns/a/y.py`, '/srv/env/share/a/x');
  const recorded = recordedOf(a, packageOf('b', `${site}/ns/b/__init__.py`, `${site}/b/__pycache__/x.cpython-311.pyc`));
  const folders = [
    `${site}/ns`,
    `${site}/ns/a`,
    `${site}/ns/a/deep`,
    `${site}/ns/b`,
    `${site}/b`,
    site,
    '/srv/env/share/a',
  ];
  expect(folders.map((path) => recorded.inFolder(path as FilePath).map(({ name }) => name))).toEqual([
    ['a', 'b'],
    ['a'],
    ['a'],
    ['b'],
    [],
    [],
    [],
  ]);
});
