import { describe, expect, it } from 'vitest';
import { parseInstalledFiles, parseRecord, recordedSum } from '../../../src/distributions/python/record.js';
import { readSites, type Site } from '../../../src/distributions/python/site.js';
import type { FilePath } from '../../../src/model/file-path.js';

const folder = '/srv/env/lib/python3.11/site-packages' as FilePath;

/** The folder that these files, by their names in it, are the databases of. */
function siteOf(files: Readonly<Record<string, string>>, at: string = folder): Site {
  const databases = Object.entries(files).map(
    ([name, text]) => [`${at}/${name}` as FilePath, Buffer.from(text)] as const,
  );
  const [site] = readSites(new Map(databases));
  if (!site) throw new Error('no site');
  return site;
}

const metadata = (name: string, more = '') =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n${more}\nA text: no header\n`;

describe('RECORD', () => {
  it.each([
    ['a/b.py,,', '/srv/env/lib/python3.11/site-packages/a/b.py', undefined],
    [
      '../../../bin/a,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0',
      '/srv/env/bin/a',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ],
    ['/etc/a,md5=1B2M2Y8AsgTpgAmY7PhCfg,0', '/etc/a', undefined],
    ['"a, ""b"".py",,', '/srv/env/lib/python3.11/site-packages/a, "b".py', undefined],
  ])('reads %s', (line, path, sum) => {
    const files = parseRecord(Buffer.from(`${line}\r\n\r\n`), folder);
    expect([...files.keys()].map((name) => [name, recordedSum(files.get(name))])).toEqual([[path, sum]]);
  });

  it('knows what is in a folder wherever the list names it, and how', () => {
    const lines = ['a/b.py', '"a/c,d.py",x,1', 'e.py', 'a/sub/', 'a/sub/f.py,,', 'a/../a/g.py,,', './h.py,,', 'a/.i,,'];
    const files = parseRecord(Buffer.from(`${lines.join('\n')}\n\n,,\na/j.py,y,2`), folder);
    const names = ['a/b.py', 'a/c,d.py', 'a/sub', 'a/g.py', 'a/.i', 'a/j.py', 'e.py', 'h.py', 'a/sub/f.py'];
    expect([...files.keys()]).toEqual(names.map((name) => `${folder}/${name}`));
    expect(names.map((name) => files.get(`${folder}/${name}` as FilePath))).toEqual([
      '',
      'x,1',
      '',
      ',',
      ',',
      'y,2',
      '',
      ',',
      ',',
    ]);
    expect(['a', 'a/c', 'sub/f.py', 'b.py'].map((name) => files.has(`${folder}/${name}` as FilePath))).not.toContain(
      true,
    );
  });

  it('tells folders of no more than compiled code from those of others', () => {
    const lines = ['a/b.py,,', 'a/c.pyc,,', 'a/__pycache__/b.pyc,,', 'a/__pycache__/c.pyc,,', 'd/e.pyc,,', 'd/f.so,,'];
    const { folders } = parseRecord(Buffer.from(lines.join('\n')), folder);
    expect([...folders]).toEqual([`${folder}/a`, `${folder}/d`]);
    const names = lines.map((line) => line.slice(0, -2)).join('\r\n');
    expect([...parseInstalledFiles(Buffer.from(names), folder).folders]).toEqual([...folders]);
  });

  it('knows what lies among compiled code, of the folder or of another, wherever the list names it', () => {
    const names = ['a/b.py', 'a/__pycache__/b.pyc', 'a/__pycache__/b.nbi', 'a/c.py', '__pycache__/d.pyc', 'd.py'];
    for (const list of [names, names.toReversed()]) {
      for (const newline of ['\n', '\r\n']) {
        const files = parseInstalledFiles(Buffer.from(list.join(newline) + newline), folder);
        const paths = list.map((name) => `${folder}/${name}` as FilePath);
        expect([...files.keys()].sort()).toEqual(paths.toSorted());
        expect(paths.filter((path) => !files.has(path))).toEqual([]);
        expect(files.has(`${folder}/a/b.pyc` as FilePath)).toBe(false);
        expect([...files.folders].sort()).toEqual([folder, `${folder}/a`, `${folder}/a/__pycache__`]);
      }
    }
  });

  it('keeps names that are no text', () => {
    const line = Buffer.from('caf\xe9.py,,\n', 'latin1');
    expect([...parseRecord(line, folder).keys()]).toEqual([`${folder}/caf\xe9.py`]);
  });
});

describe('a folder of packages', () => {
  it('has packages by .dist-info, with what they require', () => {
    const { packages, python, prefix } = siteOf({
      'Foo_Bar-1.0.dist-info/METADATA': metadata(
        'Foo.Bar',
        'Requires-Dist: b (>=2)\nRequires-Dist: c[x];\n  extra == "y"\n',
      ),
      'Foo_Bar-1.0.dist-info/RECORD': 'foo.py,,\n',
      'Foo_Bar-1.0.dist-info/INSTALLER': 'uv\n',
      'Foo_Bar-1.0.dist-info/REQUESTED': '',
    });
    expect([python, prefix]).toEqual(['3.11', '/srv/env']);
    expect(packages).toMatchObject([
      { name: 'foo-bar', version: '1.0', installer: 'uv', requested: true, requires: [{ name: 'b' }, { name: 'c' }] },
    ]);
    expect([...(packages[0]?.files.keys() ?? [])]).toEqual([`${folder}/foo.py`]);
  });

  it('has packages of setup.py, by .egg-info with and without a list of files, and by .egg', () => {
    const { packages } = siteOf({
      'a.egg-info/PKG-INFO': metadata('a'),
      'a.egg-info/installed-files.txt': '../a/__init__.py\nPKG-INFO\n',
      'a.egg-info/requires.txt': 'b>=1\n\n[fast:python_version < "4"]\nc\n',
      'd-1.0.egg-info': metadata('d'),
      'e-1.0-py3.11.egg/EGG-INFO/PKG-INFO': metadata('e'),
      'f.egg-info/PKG-INFO': metadata('f'),
      'f.egg-info/top_level.txt': 'f\n_f\n',
    });
    expect(packages.map(({ name, files, folders }) => [name, [...files.keys()], folders])).toEqual([
      ['a', [`${folder}/a/__init__.py`, `${folder}/a.egg-info/PKG-INFO`], []],
      ['d', [`${folder}/d-1.0.egg-info`], [`${folder}/d-1.0.egg-info`]],
      ['e', [`${folder}/e-1.0-py3.11.egg/EGG-INFO/PKG-INFO`], [`${folder}/e-1.0-py3.11.egg`]],
      ['f', [`${folder}/f.egg-info/PKG-INFO`], [`${folder}/f.egg-info`, `${folder}/f`, `${folder}/_f`]],
    ]);
    expect(packages[0]?.requires.map(({ name, marker }) => [name, marker !== undefined])).toEqual([
      ['b', false],
      ['c', true],
    ]);
  });

  it('has no file outside of its environment, whatever the list of a package names', () => {
    const { packages } = siteOf({
      'a-1.0.dist-info/METADATA': metadata('a'),
      'a-1.0.dist-info/RECORD': 'a.py,,\n../../../bin/a,,\n../../../../other/x,,\n/etc/passwd,,\n/srv/environment,,\n',
    });
    expect([...(packages[0]?.files.keys() ?? [])]).toEqual([`${folder}/a.py`, '/srv/env/bin/a']);
    expect(packages[0]?.problems).toEqual(['It lists /srv/other/x, outside of its environment: that is not its.']);
  });

  it('has the programs of an old Python beside its library', () => {
    const old = '/opt/py/lib/python2.7/site-packages' as FilePath;
    const [found] = readSites(
      new Map(
        Object.entries({ METADATA: metadata('a'), RECORD: 'a.py,,\n../../../bin/a,,\n' }).map(([name, text]) => [
          `${old}/a-1.0.dist-info/${name}` as FilePath,
          Buffer.from(text),
        ]),
      ),
    );
    expect([...(found?.packages[0]?.files.keys() ?? [])]).toEqual([`${old}/a.py`, '/opt/py/bin/a']);
  });

  it('has the programs of a --target folder in it, though they are listed two folders up', () => {
    const target = '/srv/modules/lib' as FilePath;
    const [found] = readSites(
      new Map(
        Object.entries({ METADATA: metadata('a'), RECORD: 'a.py,,\n../../bin/a,,\n/etc/passwd,,\n' }).map(
          ([name, text]) => [`${target}/a-1.0.dist-info/${name}` as FilePath, Buffer.from(text)],
        ),
      ),
    );
    expect([...(found?.packages[0]?.files.keys() ?? [])]).toEqual([`${target}/a.py`, `${target}/bin/a`]);
  });

  it('tells of two records of one package, and of one without a list of files', () => {
    const { packages, problems } = siteOf({
      'a-1.0.dist-info/METADATA': metadata('a'),
      'a-1.0.dist-info/RECORD': 'a.py,,\n',
      'A-2.0.dist-info/METADATA': metadata('A').replace('1.0', '2.0'),
      'A-2.0.dist-info/top_level.txt': 'a\n',
    });
    expect(problems).toEqual([`${folder} has more than one record of a (1.0, 2.0): which of them holds is not known.`]);
    expect(packages.map(({ version, problems: own }) => [version, own])).toEqual([
      ['1.0', []],
      ['2.0', ['It has no RECORD: its files are known by their names.']],
    ]);
  });

  it('has its .pth files in the order of Python, with the folders that they add', () => {
    const { pathFiles } = siteOf({
      'easy-install.pth': './e-1.0-py3.11.egg\n/src/develop\n',
      '__editable__.a.pth': 'import __editable___a_finder; __editable___a_finder.install()\n',
      'b.pth': '# a comment\n\n/src/b\n',
    });
    expect(pathFiles.map(({ path, adds }) => [path.slice(folder.length + 1), adds])).toEqual([
      ['__editable__.a.pth', []],
      ['b.pth', ['/src/b']],
      ['easy-install.pth', ['./e-1.0-py3.11.egg', '/src/develop']],
    ]);
  });

  it('tells of what is half-written, and reads the rest', () => {
    const { packages, problems } = siteOf({
      'a-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: a\n',
      'b-1.0.dist-info/RECORD': 'b.py,,\n',
      '~ip-23.0.dist-info/METADATA': metadata('pip'),
      'c-1.0.dist-info/METADATA': metadata('c', 'Requires-Dist: >= 1\n'),
      'c-1.0.dist-info/RECORD': '',
      'c-1.0.dist-info/direct_url.json': '{',
    });
    expect(problems).toEqual([
      `${folder}/a-1.0.dist-info names no package, or no version: its files are taken as nobody's.`,
      `${folder}/b-1.0.dist-info names no package, or no version: its files are taken as nobody's.`,
      `${folder}/c-1.0.dist-info has a RECORD that was not written to its end: what it does not list is nobody's.`,
    ]);
    expect(packages.map(({ name, problems: own }) => [name, own])).toEqual([
      [
        'c',
        [
          'Its direct_url.json cannot be read: where it came from is not known.',
          'Its requirement ">= 1" cannot be read.',
        ],
      ],
    ]);
  });

  it.each([
    [
      {
        url: 'https://me:secret@example.org/a.git',
        vcs_info: { vcs: 'git', commit_id: 'c0ffee', requested_revision: 'v1' },
      },
      { url: 'https://example.org/a.git', vcs: 'git', commit: 'c0ffee', requested: 'v1' },
    ],
    [
      { url: 'https://example.org/a.whl', archive_info: { hash: `sha256=${'0'.repeat(64)}` } },
      { url: 'https://example.org/a.whl', sha256: '0'.repeat(64) },
    ],
    [
      { url: 'file:///src', dir_info: { editable: true }, subdirectory: 'part' },
      { url: 'file:///src', subdirectory: 'part', editable: true },
    ],
  ])('says where a package came from: %j', (written, origin) => {
    const { packages } = siteOf({
      'a-1.0.dist-info/METADATA': metadata('a'),
      'a-1.0.dist-info/direct_url.json': JSON.stringify(written),
    });
    expect(packages[0]?.origin).toEqual(origin);
  });

  it('takes the .egg-info of a source tree for no installation, and a --target folder by its lists', () => {
    const files = { 'a.egg-info/PKG-INFO': metadata('a'), 'b-1.0.dist-info/METADATA': metadata('b') };
    const list = { 'b-1.0.dist-info/RECORD': 'b.py,,\n__pycache__/b.cpython-312.pyc,,\n' };
    expect(siteOf(files, '/src').packages).toEqual([]);
    const { packages, python } = siteOf({ ...files, ...list }, '/src');
    expect([packages.map(({ name }) => name), python]).toEqual([['b'], '3.12']);
  });
});
