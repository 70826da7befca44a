import { expect, it } from 'vitest';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { Meaning, Variation } from '../../src/packaging/variation.js';
import { treeView } from '../../src/proof/entries.js';
import { senseComparison } from '../../src/proof/sense.js';
import { file } from './trees.js';

const found = file('/var/lib/kind/index.db', 'other');

/** A distribution that knows what one file of its own means. */
function knowing(meaning: Meaning, closed: string[] = []): Variation {
  return {
    sameMeaning: ({ read }) => ({
      compare: async (path) => ((await read(path)).toString() === 'an index' ? meaning : undefined),
      [Symbol.asyncDispose]: async () => void closed.push('closed'),
    }),
  };
}

async function compared(variations: readonly Variation[]) {
  const tree = treeView(await FilesystemTrie.of([found]));
  const accounts = { passwd: new Map(), group: new Map() };
  const readContent = async (path: FilePath) => Buffer.from(path === found.path ? 'an index' : '');
  await using sense = senseComparison(variations, { origin: tree, created: tree, accounts, readContent });
  const other = pathFromText('/etc/other');
  return [await sense.compare(found.path, found), await sense.compare(other, { ...found, path: other })];
}

it('asks what distributions know of the meaning of their own files, and closes them', async () => {
  const same = { rule: 'kind-index', why: 'the same packages in another order' };
  const closed: string[] = [];
  expect(await compared([{}, knowing(same, closed)])).toEqual([same, undefined]);
  expect(closed).toEqual(['closed']);
});

it('shows what was expected where the meaning differs', async () => {
  const [result] = await compared([knowing({ expected: 'the same packages', why: 'one more package' })]);
  expect(result).toEqual({
    why: 'one more package',
    differences: [{ aspect: 'content', expected: 'the same packages', found: 'one more package' }],
  });
});
