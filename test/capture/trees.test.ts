import { describe, expect, it } from 'vitest';
import { findTreeRoots } from '../../src/capture/trees.js';
import { pathFromText } from '../../src/model/file-path.js';

const folders = new Set([
  '/srv/tool/lib',
  '/home/ada/work/lib',
  '/usr/local/lib',
  '/home/ada/.pyenv/libexec',
  '/usr/local/go/lib',
]);

describe('findTreeRoots', () => {
  it.each<[string, boolean, boolean, readonly string[]]>([
    ['/home/ada/.pyenv/versions/3.11.7/bin/python3', true, true, ['/home/ada/.pyenv/versions/3.11.7']],
    ['/home/ada/.pyenv/versions/3.11.7/lib/python3.11/os.py', false, false, ['/home/ada/.pyenv/versions/3.11.7']],
    ['/home/ada/.nvm/versions/node/v20.1.0/bin/node', true, true, ['/home/ada/.nvm/versions/node/v20.1.0']],
    [
      '/home/ada/.local/share/uv/python/cpython-3.12/bin/python',
      true,
      true,
      ['/home/ada/.local/share/uv/python/cpython-3.12'],
    ],
    ['/home/ada/.asdf/installs/ruby/3.3.0/bin/ruby', true, true, ['/home/ada/.asdf/installs/ruby/3.3.0']],
    ['/home/ada/work/env/pyvenv.cfg', false, false, ['/home/ada/work/env']],
    ['/srv/tool/bin/tool', true, true, ['/srv/tool']],
    ['/srv/tool/bin/tool', true, false, []],
    ['/srv/tool/bin/tool', false, true, []],
    ['/opt/vendor/run', true, false, ['/opt/vendor']],
    ['/usr/local/go/bin/go', true, true, ['/usr/local/go']],
    ['/usr/local/bin/tool', true, true, []],
    ['/home/ada/work/bin/tool', true, true, []],
    ['/home/ada/.pyenv/bin/pyenv', true, true, []],
    ['/usr/local/lib/python3.12/encodings/__init__.py', false, false, ['/usr/local/lib/python3.12']],
    ['/home/ada/.local/lib/python3.12/encodings/__init__.py', false, false, ['/home/ada/.local/lib/python3.12']],
    ['/home/ada/lib/python3.12/encodings/__init__.py', false, false, ['/home/ada/lib/python3.12']],
    ['/srv/tool/lib/python3.12/encodings/__init__.py', false, false, []],
    ['/home/ada/R-4.4/lib/R/bin/exec/R', true, true, ['/home/ada/R-4.4']],
    ['/usr/local/lib/R/bin/exec/R', true, true, ['/usr/local/lib/R']],
    ['/home/ada/.local/lib64/R/bin/exec/R', true, true, ['/home/ada/.local/lib64/R']],
    ['/opt/R/4.4.1/lib/R/bin/exec/R', true, true, ['/opt/R/4.4.1']],
    ['/opt/R/4.4.1/bin/R', true, false, ['/opt/R/4.4.1']],
    ['/opt/R/R-4.4.1/bin/R', true, false, ['/opt/R/R-4.4.1']],
    ['/opt', true, true, []],
  ])('%s (executed: %s, compiled: %s) belongs to %j', async (path, executed, elf, roots) => {
    const found = await findTreeRoots([{ path: pathFromText(path), executed, elf }], {
      homes: [pathFromText('/home/ada')],
      cwds: [pathFromText('/home/ada/work/today')],
      exists: async (folder) => folders.has(folder),
    });
    expect(found).toEqual(roots);
  });
});
