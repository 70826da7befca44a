import { describe, expect, it } from 'vitest';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import type { Access, Use } from '../../../src/model/access.js';
import type { FileEntry } from '../../../src/model/file-entry.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { treeView } from '../../../src/proof/entries.js';
import { keptPaths, listedIn, missingFrom } from '../../../src/resources/shrink/keep.js';

const path = (text: string) => text as FilePath;

/** A merged /usr with a library behind two links, an alternative, and a name that repeats another. */
const entries: Record<string, string | undefined> = {
  '/': '',
  '/bin': 'usr/bin',
  '/lib': 'usr/lib',
  '/usr': '',
  '/usr/bin': '',
  '/usr/bin/awk': '/etc/alternatives/awk',
  '/usr/bin/mawk': undefined,
  '/usr/bin/perl': undefined,
  '/usr/bin/perl5': undefined,
  '/usr/lib': '',
  '/usr/lib/libz.so.1': 'libz.so.1.3',
  '/usr/lib/libz.so.1.3': undefined,
  '/etc': '',
  '/etc/alternatives': '',
  '/etc/alternatives/awk': '/usr/bin/mawk',
  '/etc/passwd': undefined,
};

const trie = new FilesystemTrie<FileEntry>();
for (const [name, target] of Object.entries(entries)) {
  const type: FileEntry['type'] = target === undefined ? 'file' : target === '' ? 'directory' : 'symlink';
  const link = target ? { target: path(target) } : {};
  trie.insert({ path: path(name), type, mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0, ...link });
}
const tree = { view: treeView(trie), hardlinks: new Map([[path('/usr/bin/perl5'), path('/usr/bin/perl')]]) };
const kept = (...asked: string[]) => [...keptPaths(tree, asked.map(path))].sort();
const access = (name: string, ...uses: Use[]): Access => ({ path: path(name), uses });

describe('what is kept', () => {
  it('has the links and folders on the way to what was used, and nothing beside them', () => {
    expect(kept('/lib/libz.so.1')).toEqual([
      ...['/', '/lib', '/usr', '/usr/lib', '/usr/lib/libz.so.1', '/usr/lib/libz.so.1.3'],
    ]);
    expect(kept('/bin/awk')).toEqual([
      ...['/', '/bin', '/etc', '/etc/alternatives', '/etc/alternatives/awk'],
      ...['/usr', '/usr/bin', '/usr/bin/awk', '/usr/bin/mawk'],
    ]);
  });

  it('has the name that another one repeats, for its content is there', () => {
    expect(kept('/usr/bin/perl5')).toContain('/usr/bin/perl');
    expect(kept('/usr/bin/perl')).not.toContain('/usr/bin/perl5');
  });

  it('has of what is not there the folder that says so', () => {
    expect(kept('/etc/ld.so.preload', '/usr/lib/site/none/x.so')).toEqual(['/', '/etc', '/usr', '/usr/lib']);
  });
});

describe('what is missing', () => {
  it('is what was asked for and is in the whole tree, behind whatever links', () => {
    const here = keptPaths(tree, [path('/usr/bin/mawk'), path('/lib')]);
    const asked = [access('/usr/bin/mawk', 'read'), access('/bin/awk', 'absent'), access('/lib/none', 'absent')];
    expect(missingFrom(here, tree, asked)).toEqual(['/bin/awk']);
  });

  it('may be what lies in a folder that was listed, through a link too', () => {
    expect(listedIn(tree, [access('/lib', 'listed'), access('/etc', 'examined')])).toEqual([
      ...['/usr/lib/libz.so.1', '/usr/lib/libz.so.1.3'],
    ]);
  });
});
