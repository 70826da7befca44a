import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../src/model/file-entry.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { isAsMade, withoutChanged } from '../../../src/resources/upgrade/changed-since.js';
import { type Entries, treeChanges } from '../../../src/resources/upgrade/changes.js';

/** `path/` is a folder, `path>target` a link, `path=content` a file; an `!` before it has other rights. */
function tree(...lines: string[]): Entries {
  const entries = lines.map((line): FileEntry => {
    const [, odd, path = '/', mark, rest = ''] = /^(!?)(\/[^=>]*?)(=|>|\/|)((?<=[=>]).*|)$/.exec(line) ?? [];
    const like = { path: path as FilePath, mode: odd ? 0o700 : 0o755, uid: 0, gid: 0, size: rest.length, mtime: 10 };
    if (mark === '=') return { ...like, type: 'file', hash: rest };
    if (mark === '>') return { ...like, type: 'symlink', target: rest as FilePath };
    return { ...like, type: 'directory' };
  });
  return new Map(entries.map((entry) => [entry.path, entry]));
}

interface Made {
  readonly own: readonly string[];
  readonly unfinished?: readonly string[];
  readonly present: readonly string[];
  readonly wanted: readonly string[];
  readonly links?: readonly (readonly [string, string])[];
}

function changes({ links = [], ...trees }: Made) {
  const [present, wanted, own] = [trees.present, trees.wanted, trees.own].map((lines) => tree('/', ...lines)) as [
    Entries,
    Entries,
    Entries,
  ];
  const formers = [own, ...(trees.unfinished ? [tree('/', ...trees.unfinished)] : [])];
  const all = treeChanges(present, wanted, (path) => isAsMade(path, { present, formers }), 1000);
  const named = new Map(links.map(([name, first]) => [name as FilePath, first as FilePath]));
  const { put, changed, remove, inTheWay } = withoutChanged(all, { present, wanted, formers, links: named });
  return { put: [...put].sort(), changed, remove, inTheWay };
}

describe('what is added to a tree that somebody changed since it was made', () => {
  it.each<[what: string, made: Made, put: string[], changed: string[]]>([
    [
      'a file that the wanted tree has as it was made',
      { own: ['/a=1'], present: ['/a=mine'], wanted: ['/a=1', '/new=1'] },
      ['/new'],
      ['/a'],
    ],
    [
      'a file that the wanted tree has otherwise, too',
      { own: ['/a=1'], present: ['/a=mine'], wanted: ['/a=2', '/new=1'] },
      ['/new'],
      ['/a'],
    ],
    ['a file that lay there before', { own: [], present: ['/a=mine'], wanted: ['/a=1', '/new=1'] }, ['/new'], ['/a']],
    ['rights', { own: ['/d/'], present: ['!/d/'], wanted: ['/d/', '/d/new=1'] }, ['/d/new'], ['/d']],
    ['that a file is gone', { own: ['/a=1'], present: [], wanted: ['/a=1', '/new=1'] }, ['/new'], ['/a']],
    [
      'a link in the place of a folder',
      { own: ['/d/'], present: ['/d>/e', '/e/'], wanted: ['/d/', '/d/new=1'] },
      ['/d/new'],
      ['/d'],
    ],
  ])('leaves %s', (_, made, put, changed) => {
    expect(changes(made)).toEqual({ put, changed, remove: [], inTheWay: [] });
  });

  it('puts there what is new, and what is as it was made and is to be otherwise', () => {
    const made = { own: ['/a=1', '/b=1'], present: ['/a=1', '/b=1'], wanted: ['/a=2', '/b=1', '/d/', '/d/c=1'] };
    expect(changes(made)).toMatchObject({ put: ['/a', '/d', '/d/c'], changed: [] });
  });

  it('puts a folder there again that something new belongs into, and nothing else that was in it', () => {
    const made = { own: ['/d/', '/d/a=1'], present: [], wanted: ['/d/', '/d/a=1', '/d/new=1'] };
    expect(changes(made)).toMatchObject({ put: ['/d', '/d/new'], changed: ['/d/a'] });
  });

  it('takes away what is as it was made only', () => {
    const made = { own: ['/a=1', '/b=1'], present: ['/a=1', '/b=mine'], wanted: [] };
    expect(changes(made)).toMatchObject({ remove: ['/a'], changed: [] });
    const cutOff = { ...made, unfinished: ['/half=123'], present: ['/a=1', '/half=1', '/mine=1'] };
    expect(changes(cutOff)).toMatchObject({ remove: ['/a', '/half'], changed: [] });
  });

  it('puts all names of a file there, or none', () => {
    const made = {
      ...{ own: ['/a=1', '/b=1', '/c=1'], present: ['/a=1', '/b=mine', '/c=1'], wanted: ['/a=2', '/b=2', '/c=2'] },
      links: [['/b', '/a']] as const,
    };
    expect(changes(made)).toMatchObject({ put: ['/c'], changed: ['/a', '/b'] });
  });

  it('finishes what was cut off: files that are there in part, folders without their rights, places of links', () => {
    const made = {
      own: ['/old=1', '/gone=1'],
      unfinished: ['/old=22', '/d/', '/d/half=123456', '/link>/d', '/gone=1', '/more=1'],
      present: ['/old=22', '!/d/', '/d/half=123', '/link=', '/gone=1'],
      wanted: ['/old=22', '/d/', '/d/half=123456', '/link>/d', '/gone=1', '/more=1'],
    };
    expect(changes(made)).toMatchObject({ put: ['/d', '/d/half', '/link', '/more'], changed: [] });
  });

  it('puts there again what another change that was cut off had taken away', () => {
    const made = { own: ['/a=1'], unfinished: [], present: [], wanted: ['/a=1'] };
    expect(changes(made)).toMatchObject({ put: ['/a'], changed: [] });
  });

  it('says where a folder is none any more into which something new belongs', () => {
    const made = { own: ['/d/'], present: ['/d=mine'], wanted: ['/d/', '/d/e/', '/d/e/new=1'] };
    expect(() => changes(made)).toThrow(/a folder that is none any more/);
  });
});
