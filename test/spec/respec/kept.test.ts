import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../src/model/file-entry.js';
import { pathFromText } from '../../../src/model/file-path.js';
import type { Owner, OwnerState } from '../../../src/model/owner.js';
import type { Manifest } from '../../../src/spec/document/schema.js';
import { stillTrue, trimSnapshot, trimTrace, withoutMade } from '../../../src/spec/respec/kept.js';
import type { AccessRecord, RecordedTrace } from '../../../src/spec/specification.js';

const half = (version: string, ...names: string[]) => ({
  name: 'debian',
  packages: names.map((name) => ({ name, version })),
});
const before = [{ ...half('1', 'same', 'moved', 'gone') }];
const after = [{ name: 'debian', packages: [...half('1', 'same').packages, ...half('2', 'moved').packages] }];
const truth = stillTrue(before, after);

function used(path: string, state: OwnerState, name?: string, ...uses: AccessRecord['uses']): AccessRecord {
  const at = pathFromText(path);
  const owner: Owner = {
    ...{ path: at, state },
    ...(name ? { package: { distribution: 'debian', name, version: '1' } } : {}),
  };
  return { path: at, uses: uses.length > 0 ? uses : ['read'], owner };
}

describe('what stays of the records of a spec whose packages moved', () => {
  it.each([
    [true, 'a file of a package that stayed', used('/usr/bin/same', 'owned', 'same')],
    [false, 'a file of one that moved', used('/usr/bin/moved', 'owned', 'moved')],
    [false, 'a changed file of one that is gone', used('/etc/gone', 'modified', 'gone')],
    [true, "nobody's file", used('/home/ada/run.sh', 'loose')],
    [true, 'what the machine supplies', used('/dev/null', 'host-bound')],
    [false, 'what a tool makes of who knows what', used('/etc/ld.so.cache', 'generated')],
    [false, 'what was not there', used('/usr/lib/libx.so', 'loose', undefined, 'absent')],
  ])('%s: %s', (is, _what, access) => {
    expect(truth.isTrue(access)).toBe(is);
  });

  it('are marked, so that a re-run is not compared with them', () => {
    const accesses = [used('/usr/bin/same', 'owned', 'same'), used('/usr/bin/moved', 'owned', 'moved')];
    const trace = trimTrace({ accesses, notes: [] } as unknown as RecordedTrace, truth.isTrue);
    expect(trace).toEqual({ accesses: [accesses[0]], notes: [], moved: true });
  });

  it('are no files that a tool made of a package that moved, unless nothing in the spec could make them', () => {
    const files = ['/var/cache/of-moved', '/etc/ssl/certs', '/home/ada/run.sh'].map((path) => ({ path }));
    const accesses = [
      used('/var/cache/of-moved', 'generated', 'moved'),
      used('/etc/ssl/certs', 'generated', 'in-no-lock'),
      used('/home/ada/run.sh', 'loose'),
    ];
    const { manifest, leftOut } = withoutMade({ files } as unknown as Manifest, accesses, truth);
    expect(leftOut).toEqual(['/var/cache/of-moved']);
    expect(manifest.files.map(({ path }) => path)).toEqual(['/etc/ssl/certs', '/home/ada/run.sh']);
  });

  it('are the entries that these name and the ways to them, and trees that are carried', () => {
    const entry = (path: string, type: FileEntry['type'] = 'file', target?: string): FileEntry => ({
      ...{ path: pathFromText(path), type, mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 },
      ...(target === undefined ? {} : { target: pathFromText(target) }),
    });
    const entries = [
      entry('/', 'directory'),
      entry('/bin', 'symlink', 'usr/bin'),
      entry('/opt', 'directory'),
      entry('/opt/tool', 'directory'),
      entry('/opt/tool/data'),
      entry('/usr', 'directory'),
      entry('/usr/bin', 'directory'),
      entry('/usr/bin/moved'),
      entry('/usr/bin/same'),
      entry('/usr/share', 'directory'),
    ];
    const manifest = { files: [{ path: '/opt/tool', tree: true, carried: true }], runs: [] } as unknown as Manifest;
    const snapshot = new Map(entries.map((each) => [each.path, each]));
    const kept = trimSnapshot(snapshot, manifest, [used('/bin/same', 'owned', 'same')]);
    expect(kept.map(({ path }) => path)).toEqual([
      ...['/', '/bin', '/opt', '/opt/tool', '/opt/tool/data', '/usr', '/usr/bin', '/usr/bin/same'],
    ]);
  });
});
