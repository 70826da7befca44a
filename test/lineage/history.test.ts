import { describe, expect, it } from 'vitest';
import { historyOf } from '../../src/lineage/history/history.js';
import type { FilePath } from '../../src/model/file-path.js';
import { packageText } from '../../src/sources/facts.js';
import { debian, file, type Told, trieOf } from './support.js';

const [old, recent] = debian('openssl=1', 'openssl=2') as [ReturnType<typeof debian>[0], ReturnType<typeof debian>[0]];
const link = (path: string, target: string) => ({
  path: path as FilePath,
  type: 'symlink' as const,
  target: target as FilePath,
});
const folder = (path: string) => ({ path: path as FilePath, type: 'directory' as const });

const sources: Readonly<Record<string, Told>> = {
  v1: {
    files: [folder('/bin'), file('/bin/ssl', 'one', { mode: 0o755, package: old && packageText(old) })],
    facts: { packages: [old] },
  },
  v2: {
    files: [folder('/bin'), file('/bin/ssl', 'one', { mode: 0o4755, package: old && packageText(old) })],
    facts: { packages: [old] },
  },
  v3: {
    files: [
      link('/bin', 'usr/bin'),
      folder('/usr/bin'),
      file('/usr/bin/ssl', 'other', { mode: 0o755, package: packageText(recent) }),
      link('/etc/l', '/x'),
    ],
    facts: { packages: [recent] },
  },
  list: { files: [{ path: '/bin/ssl' as FilePath, size: 7 }, '/bin/sl'] },
};

const facts = new Map(Object.entries(sources).map(([name, { facts = {} }]) => [name, facts]));

describe('the history of a path', () => {
  it('has each content once, with its package, modes and sources', () => {
    const [found] = historyOf(['/bin/ssl'], trieOf(sources), facts);
    expect(found).toMatchObject({
      path: '/bin/ssl',
      versions: [
        { size: 3, modes: ['0755', '4755'], packages: [{ name: 'openssl', version: '1' }], sources: ['v1', 'v2'] },
        { size: 5, packages: [{ version: '2' }], sources: ['v3'], places: ['/usr/bin/ssl'] },
        { content: '7 bytes', modes: [], packages: [], sources: ['list'] },
      ],
      missing: [],
    });
    expect(found?.versions[0]?.content).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('takes globs', () => {
    const found = historyOf(['/{bin,etc}/?{l,sl,}'], trieOf(sources), facts);
    expect(found.map(({ path, missing }) => [path, missing])).toEqual([
      ['/bin/sl', ['v1', 'v2', 'v3']],
      ['/bin/ssl', []],
      ['/etc/l', ['v1', 'v2', 'list']],
    ]);
    expect(found[2]?.versions[0]?.content).toBe('-> /x');
  });

  it('ends where links lead in circles', () => {
    const trie = trieOf({ x: { files: [folder('/a'), link('/a/b', '.'), file('/a/f', 'f')] } });
    const found = historyOf(['/**/f'], trie, new Map([['x', {}]]));
    expect(found.map(({ path }) => path)).toEqual(['/a/f']);
  });

  it('is nothing of what nobody has', () => {
    expect(historyOf(['/no'], trieOf(sources), facts)).toEqual([]);
  });
});
