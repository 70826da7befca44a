import { describe, expect, it } from 'vitest';
import { type LookUp, Ways } from '../../src/machines/ways.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { type FilePath, parentPath } from '../../src/model/file-path.js';

const at = (path: string) => path as FilePath;

/** A tree of links and files with the folders above them, and every question that it was asked. */
function treeOf(links: Record<string, string>, files: readonly string[]) {
  const entries = new Map<string, FileEntry>();
  const add = (path: string, more: Pick<FileEntry, 'type' | 'target'>) =>
    entries.set(path, { path: at(path), mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0, ...more });
  for (const [path, target] of Object.entries(links)) add(path, { type: 'symlink', target: at(target) });
  for (const path of files) add(path, { type: 'file' });
  for (const path of [...entries.keys(), '/x']) {
    for (let above = parentPath(at(path)); !entries.has(above); above = parentPath(above))
      add(above, { type: 'directory' });
  }
  const questions: FilePath[][] = [];
  const lookUp: LookUp = async (paths) => {
    questions.push([...paths]);
    return paths.filter((path) => entries.has(path)).map((path) => [path, entries.get(path)]);
  };
  return { lookUp, questions };
}

describe('Ways', () => {
  it('asks as often as links lie behind one another, however many paths there are', async () => {
    const files = Array.from({ length: 200 }, (_, index) => `/usr/bin/tool-${index}`);
    const { lookUp, questions } = treeOf({ '/bin': 'usr/bin', '/sbin': 'bin' }, files);
    const ways = new Ways(lookUp);
    const ends = await ways.follow(files.map((path) => at(path.replace('/usr/bin', '/sbin'))));
    expect(ends.map(({ path, end }) => `${path} ${end}`)).toEqual(files.map((path) => `${path} found`));
    expect(ends[7]?.links.map(({ path }) => path)).toEqual(['/sbin', '/bin']);
    expect(ways.entry(at('/usr/bin/tool-7'))?.type).toBe('file');
    expect(questions).toHaveLength(3);
  });

  it('asks about nothing twice', async () => {
    const { lookUp, questions } = treeOf({ '/bin': 'usr/bin' }, ['/usr/bin/a', '/usr/bin/b']);
    const ways = new Ways(lookUp);
    await ways.follow([at('/bin/a'), at('/usr/bin/none')]);
    await ways.follow([at('/usr/bin/a'), at('/usr/bin/b'), at('/usr/bin/none')]);
    expect(questions.flat()).toHaveLength(new Set(questions.flat()).size);
    expect(questions.at(-1)).toEqual(['/usr/bin/b']);
  });

  it('leaves what a last link leads to alone when it is the link that is asked for', async () => {
    const { lookUp, questions } = treeOf({ '/bin': '/usr/bin' }, ['/usr/bin/a']);
    expect(await new Ways(lookUp).follow([at('/bin')], { followLast: false })).toEqual([
      { path: '/bin', links: [], end: 'found' },
    ]);
    expect(questions).toEqual([['/bin', '/']]);
  });

  it('goes up from where a link leads, not from where it lies', async () => {
    const { lookUp } = treeOf({ '/here/link': '/far/away' }, ['/far/file', '/far/away/x', '/here/file']);
    const [end] = await new Ways(lookUp).follow([at('/here/link/../file')]);
    expect(end).toMatchObject({ path: '/far/file', end: 'found' });
  });

  it('asks nothing about what is outside, but about the folders above what is not', async () => {
    const { lookUp, questions } = treeOf({ '/etc/mtab': '/proc/self/mounts' }, ['/dev/shm/table', '/proc/self/mounts']);
    const isOutside = (path: FilePath) => /^\/(?:proc|dev(?!\/shm\/)|run\/own)(?:\/|$)/.test(path);
    const ways = new Ways(lookUp, { isOutside });
    const paths = ['/etc/mtab', '/dev/null', '/dev/shm/table', '/run/own/tool'].map(at);
    const ends = await ways.follow(paths);
    expect(ends.map(({ end }) => end)).toEqual(['missing', 'missing', 'found', 'missing']);
    expect(questions.flat().filter((path) => isOutside(path))).toEqual(['/dev/shm', '/dev']);
  });

  it('asks only about the way to what is known to be a file', async () => {
    const { lookUp, questions } = treeOf({ '/bin': 'usr/bin' }, ['/usr/bin/a', '/usr/bin/b']);
    const ways = new Ways(lookUp, { isFile: (path) => path.endsWith('/a') });
    const ends = await ways.follow([at('/bin/a'), at('/usr/bin/b')]);
    expect(ends.map(({ path, end }) => `${path} ${end}`)).toEqual(['/usr/bin/a found', '/usr/bin/b found']);
    expect(questions.flat().sort()).toEqual(['/', '/bin', '/usr', '/usr/bin', '/usr/bin/b']);
  });

  it('asks nothing about what is known already, and follows its links', async () => {
    const { lookUp, questions } = treeOf({ '/bin': 'usr/bin' }, ['/usr/bin/a', '/usr/bin/b']);
    const paths = ['/', '/bin', '/usr', '/usr/bin', '/usr/bin/a'].map(at);
    const known = new Map<FilePath, FileEntry>();
    for (const [path, entry] of await lookUp(paths)) if (entry) known.set(path, entry);
    questions.length = 0;
    const ways = new Ways(lookUp, { known });
    const ends = await ways.follow([at('/bin/a'), at('/usr/bin/b')]);
    expect(ends.map(({ path, end }) => `${path} ${end}`)).toEqual(['/usr/bin/a found', '/usr/bin/b found']);
    expect(questions).toEqual([['/bin/a', '/usr/bin/b']]);
    expect(['/usr/bin/a', '/usr/bin', '/bin', '/bin/a', '/none'].map((path) => ways.isPlace(at(path)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('stops before the next question when it is told to', async () => {
    const { lookUp, questions } = treeOf({ '/bin': 'usr/bin' }, ['/usr/bin/a']);
    const stop = new AbortController();
    const ways = new Ways(
      (paths) => {
        stop.abort();
        return lookUp(paths);
      },
      { signal: stop.signal },
    );
    await expect(ways.follow([at('/bin/a')])).rejects.toThrow(/abort/);
    expect(questions).toHaveLength(1);
  });
});
