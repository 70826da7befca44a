import { describe, expect, it } from 'vitest';
import { closureOf } from '../../../src/distributions/python/closure.js';
import { EnvironmentIndex } from '../../../src/distributions/python/environments.js';
import { type InstalledPackage, readSites } from '../../../src/distributions/python/site.js';
import { parseConfiguration } from '../../../src/distributions/python/virtual-environment.js';
import type { FilePath } from '../../../src/model/file-path.js';

const own = '/srv/env/lib/python3.11/site-packages';
const users = '/home/ada/.local/lib/python3.11/site-packages';
const local = '/usr/local/lib/python3.11/dist-packages';
const older = '/usr/local/lib/python3.9/dist-packages';
const packaged = '/usr/lib/python3/dist-packages';

/** Packages by folder: name and version with what they require. */
type Installed = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function indexOf(installed: Installed, configuration?: string): EnvironmentIndex {
  const index = new EnvironmentIndex();
  if (configuration !== undefined) {
    index.addVirtual(parseConfiguration(Buffer.from(configuration), '/srv/env' as FilePath));
  }
  const databases = new Map<FilePath, Buffer>();
  for (const [site, packages] of Object.entries(installed)) {
    for (const [full, requires] of Object.entries(packages)) {
      const [name, version] = full.split(' ');
      const lines = requires.map((each) => `Requires-Dist: ${each}\n`).join('');
      const metadata = `${site}/${name}-${version}.dist-info/METADATA` as FilePath;
      databases.set(metadata, Buffer.from(`Name: ${name}\nVersion: ${version}\n${lines}\n`));
    }
  }
  for (const site of readSites(databases)) index.addSite(site);
  return index;
}

/** The closure of what one folder has of a name, with its problems. */
function closure(index: EnvironmentIndex, site: string, name: string) {
  const used = index.site(site as FilePath)?.packages.filter((each) => each.name === name) ?? [];
  const { packages, needs, problems } = closureOf(used, index, 'x86_64');
  const show = (each: InstalledPackage) => `${each.name} ${each.version} in ${each.site}`;
  return {
    packages: [...packages].map(show).sort(),
    needs: used.flatMap((each) => needs.get(each) ?? []).map((each) => each.name),
    problems: [...problems.values()].flat(),
  };
}

describe('what a Python package needs', () => {
  it('is what it requires for the Python of its environment, and no more', () => {
    const requires = ['b>=1; python_version >= "3.8"', 'old; python_version < "3.8"', 'nt; os_name == "nt"'];
    const index = indexOf({ [own]: { 'a 1': requires, 'b 2': [], 'old 1': [], 'unasked 1': [] } });
    expect(closure(index, own, 'a')).toEqual({
      packages: [`a 1 in ${own}`, `b 2 in ${own}`],
      needs: ['b'],
      problems: [],
    });
  });

  it('is also what the extras bring that are asked for, in whatever order and in a circle', () => {
    const index = indexOf({
      [own]: {
        'a 1': ['b', 'c'],
        'b 1': ['d; extra == "fast"', 'a'],
        'c 1': ['b[Fast]', 'e; extra == "slow"'],
        'd 1': [],
        'e 1': [],
      },
    });
    expect(closure(index, own, 'a').packages).toEqual(['a', 'b', 'c', 'd'].map((name) => `${name} 1 in ${own}`));
  });

  it('is told where it is not there, or of another version than asked for', () => {
    const index = indexOf({ [own]: { 'a 1': ['b>=2,<3', 'gone'], 'b 1.5': [] } });
    expect(closure(index, own, 'a')).toMatchObject({
      needs: ['b'],
      problems: ['It requires b>=2,<3, and 1.5 is installed.', 'It requires gone, which is not installed.'],
    });
  });

  it.each([
    ['its own folder alone in a virtual environment', own, 'version = 3.11.2\n', undefined],
    [
      "the system's folders where the environment sees them",
      own,
      'version = 3.11.2\ninclude-system-site-packages = true\n',
      users,
    ],
    ["the user's folder first of those that the system's Pythons share", local, undefined, users],
    ['its own folder before all others', users, undefined, users],
  ])('is looked for in %s', (_case, site, configuration, found) => {
    const installed: Record<string, Record<string, string[]>> = {
      [own]: {},
      [users]: { 'b 2': [] },
      [older]: { 'b 9': [] },
      [packaged]: { 'b 3': [] },
      [local]: {},
    };
    installed[site] = { ...installed[site], 'a 1': ['b'] };
    const { packages, problems } = closure(indexOf(installed, configuration), site, 'a');
    expect(packages.filter((each) => each.startsWith('b '))).toEqual(found === undefined ? [] : [`b 2 in ${found}`]);
    expect(problems).toHaveLength(found === undefined ? 1 : 0);
  });
});
