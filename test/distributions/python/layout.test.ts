import { describe, expect, it } from 'vitest';
import { databasesNear, isShared, standardSite } from '../../../src/distributions/python/layout.js';
import type { FilePath } from '../../../src/model/file-path.js';

const near = (...paths: string[]) => databasesNear(paths as FilePath[], new Set());
const configurations = (...paths: string[]) => near(...paths).filter((glob) => glob.endsWith('pyvenv.cfg'));

describe('where databases of Python packages are looked for', () => {
  it.each([
    ['/srv/env/lib/python3.11/site-packages/a/b.py', '/srv/env', '3.11', false],
    ['/srv/env/lib64/pypy3.10/site-packages', '/srv/env', '3.10', false],
    ['/usr/local/lib/python3.11/dist-packages/a.py', '/usr/local', '3.11', true],
    ['/home/ada/.local/lib/python3.12/site-packages/a.py', '/home/ada/.local', '3.12', true],
    ['/usr/lib/python3/dist-packages/a.py', '/usr', undefined, true],
  ])('knows the folder of %s', (path, prefix, python, shared) => {
    const layout = standardSite(path as FilePath);
    expect([layout?.prefix, layout?.python, layout && isShared(layout)]).toEqual([prefix, python, shared]);
  });

  it('looks beside programs, data and configurations, not in the folders of the system', () => {
    expect(configurations('/srv/env/bin/tool')).toEqual(['/srv/env/pyvenv.cfg']);
    expect(configurations('/srv/env/share/doc/bin/x')).toEqual([
      '/srv/env/pyvenv.cfg',
      '/srv/env/share/doc/pyvenv.cfg',
    ]);
    expect(configurations('/home/ada/share/env/pyvenv.cfg')).toContain('/home/ada/share/env/pyvenv.cfg');
    expect(configurations('/usr/local/bin/tool')).toEqual(['/usr/local/pyvenv.cfg']);
    expect(near('/usr/bin/ls', '/bin/ls', '/etc/hosts', '/usr/share/doc/bin/x', '/proc/self/etc/x')).toEqual([]);
  });

  it('looks above modules for a --target folder, and above nothing else', () => {
    const globs = near('/opt/libs/a/b.py', '/opt/data/x.csv').map((glob) => glob.replace(/\{.*/, ''));
    expect(globs).toEqual(['/opt/libs/a/*.dist-info/', '/opt/libs/*.dist-info/', '/opt/*.dist-info/']);
  });

  it('looks above no module of the language itself, whose folders no package is put in', () => {
    const library = '/opt/python/lib/python3.11';
    expect(near(`${library}/json/tool.py`, `${library}/lib-dynload/math.so`)).toEqual([]);
    expect(near(`${library}/site-packages/a.py`)).toContain(`${library}/site-packages/*.{egg,egg-info,egg-link,pth}`);
    expect(near('/opt/old/lib/python2.7/site-packages/a.py')[0]).toMatch(
      '/opt/old/lib/python2.7/site-packages/*.dist-info',
    );
  });

  it('asks about a folder once, and takes no character of a name for a pattern', () => {
    const seen = new Set<string>();
    const path = '/srv/{a,b}*/lib/python3.11/site-packages/x.py' as FilePath;
    expect(databasesNear([path], seen).every((glob) => glob.startsWith('/srv/?a,b??/'))).toBe(true);
    expect(databasesNear([path], seen)).toEqual([]);
  });
});
