import { describe, expect, it } from 'vitest';
import { modules } from '../../../src/distributions/modules/index.js';
import { describeModule, loadedFiles } from '../../../src/distributions/modules/loaded.js';
import { effectsOf } from '../../../src/distributions/modules/modulefile.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { fixtureRoot } from '../../capture/fixture-root.js';

describe('a module file', () => {
  it('in Tcl says what it adds with its own variables put in', () => {
    const content = [
      '#%Module1.0',
      'set version 1.12',
      'set    root   "/opt/hdf5/$version"',
      'prepend-path PATH $root/bin',
      'prepend-path --delim : LD_LIBRARY_PATH [file join $root lib]',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Tcl.
      'append-path MANPATH ${root}/share/man',
      'setenv HDF5_DIR $root',
      'setenv USER_DIR $env(HOME)/x',
      'setenv HOST [exec hostname]',
      'module load zlib/1.3',
      'prereq gcc',
      'if { [info exists x] } {',
    ];
    expect(effectsOf('/m/hdf5/1.12', content.join('\n')).map(({ kind, name, value }) => [kind, name, value])).toEqual([
      ['path', 'PATH', '/opt/hdf5/1.12/bin'],
      ['path', 'LD_LIBRARY_PATH', '/opt/hdf5/1.12/lib'],
      ['path', 'MANPATH', '/opt/hdf5/1.12/share/man'],
      ['value', 'HDF5_DIR', '/opt/hdf5/1.12'],
      ['module', 'zlib/1.3', 'zlib/1.3'],
      ['module', 'gcc', 'gcc'],
    ]);
  });

  it('in Lua says what it adds with its own variables put in', () => {
    const content = [
      'help([[words]])',
      'local version = "1.12"',
      "local root = '/opt/hdf5/' .. version",
      'prepend_path("PATH", pathJoin(root, "bin"))',
      'prepend_path{"X", "table"}',
      'append_path("MANPATH", root .. "/share/man")',
      'setenv("HDF5_DIR", root)',
      'setenv("USER_DIR", os.getenv("HOME"))',
      'depends_on("zlib/1.3")',
    ];
    expect(
      effectsOf('/m/hdf5/1.12.lua', content.join('\n')).map(({ kind, name, value }) => [kind, name, value]),
    ).toEqual([
      ['path', 'PATH', '/opt/hdf5/1.12/bin'],
      ['path', 'MANPATH', '/opt/hdf5/1.12/share/man'],
      ['value', 'HDF5_DIR', '/opt/hdf5/1.12'],
      ['module', 'zlib/1.3', 'zlib/1.3'],
    ]);
  });

  it('stands for the folders of its software, not for those that all kinds of software share', () => {
    const content =
      'prepend-path PATH /opt/a/bin\nprepend-path PATH /usr/local/bin\nsetenv A_LIB /opt/a/lib/a\nsetenv B /srv/b\n';
    const { name, version, places, besides, details } = describeModule(
      '/m/a/1' as FilePath,
      'a/1',
      Buffer.from(content),
    );
    expect([name, version, places, besides]).toEqual(['a', '1', ['/opt/a', '/srv/b'], ['/srv/b', '/m/a/1']]);
    expect(details).toEqual({ file: '/m/a/1', PATH: '/opt/a/bin:/usr/local/bin', A_LIB: '/opt/a/lib/a', B: '/srv/b' });
    const empty = describeModule('/m/set' as FilePath, 'set', Buffer.from('setenv A 1\n'));
    expect([empty.version, empty.places, empty.besides]).toEqual(['default', ['/m/set'], []]);
  });
});

it('a module whose package is called as a folder of packages is, or that only adds modules, is taken for what it is', () => {
  const of = (name: string, text: string) => describeModule(`/m/${name}` as FilePath, name, Buffer.from(text)).places;
  expect(of('lib/2.0', 'prepend-path LD_LIBRARY_PATH /site/lib/2.0-gcc/lib64/sub\n')).toEqual(['/site/lib/2.0-gcc']);
  expect(of('tool/1.0', 'prepend-path MANPATH /site/tool/share/man\n')).toEqual(['/site/tool']);
  expect(of('stage/2023', 'prepend-path MODULEPATH /site/modules/2023\n')).toEqual(['/m/stage/2023']);
});

it('loaded modules are read from the environment of every process, whole or in pieces', () => {
  const environments = [
    { LOADEDMODULES: 'gcc/12:hdf5/1.12', _LMFILES_: '/m/gcc/12:/m/hdf5/1.12.lua' },
    { PATH: '/usr/bin' },
    { LOADEDMODULES: 'zlib/1.3:site/x/2', _LMFILES001_: '/m/zlib/1.3:/m/si', _LMFILES002_: 'te/x/2' },
  ];
  const maps = environments.map((each) => new Map(Object.entries(each)));
  expect([...loadedFiles(maps)]).toEqual([
    ['/m/gcc/12', 'gcc/12'],
    ['/m/hdf5/1.12.lua', 'hdf5/1.12'],
    ['/m/zlib/1.3', 'zlib/1.3'],
    ['/m/site/x/2', 'site/x/2'],
  ]);
});

it('says which of several modules for the same software the spec has', async () => {
  await using root = await fixtureRoot();
  for (const name of ['gcc/12', 'gcc-compat/12']) {
    await root.file(`/modules/${name}`, '#%Module\nprepend-path PATH /opt/gcc-12/bin\n');
  }
  const loaded = new Map([
    ['LOADEDMODULES', 'gcc/12:gcc-compat/12'],
    ['_LMFILES_', '/modules/gcc/12:/modules/gcc-compat/12'],
  ]);
  const reader = await modules.open({ machine: root.machine, databases: new Map(), environments: () => [loaded] });
  const { problems } = (await reader?.claim(['/opt/gcc-12/bin/gcc' as FilePath], new Map(), [])) ?? {};
  expect(problems).toEqual([
    'The module gcc-compat/12 is in the spec as gcc/12: the software of both lies in /opt/gcc-12.',
  ]);
});
