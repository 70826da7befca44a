import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addedEntries } from '../../src/comparison/added.js';
import { comparePair } from '../../src/comparison/comparison.js';
import { type Rules, readRules, violationsOf, withoutIgnored } from '../../src/comparison/rules.js';
import { comparisonDocument, comparisonSchema } from '../../src/comparison/schema.js';
import type { SourceFacts } from '../../src/sources/facts.js';
import { contentOf, entriesOf, long, type Tree, trieOf } from '../filesystem/diff/trees.js';

async function broken(rules: Rules, before: Tree, after: Tree, facts: [SourceFacts, SourceFacts] = [{}, {}]) {
  const trie = trieOf(entriesOf(before), entriesOf(after));
  const pair = { trie, one: { name: 'one', facts: facts[0] }, other: { name: 'other', facts: facts[1] } };
  const comparison = withoutIgnored(await comparePair(pair, {}), rules);
  const added = addedEntries(trie, comparison, comparison.files.changes);
  const violations = violationsOf(comparison, added, rules);
  comparisonSchema.parse(comparisonDocument(comparison, { violations }));
  return violations.map(({ rule, path }) => (path === undefined ? rule : `${rule} ${path}`));
}

const setuid = { ...contentOf(long('sudo')), mode: 0o4755 };

describe('rules', () => {
  it.each<[string, Rules, Tree, Tree, string[]]>([
    ['max-added-bytes', { 'max-added-bytes': 3 }, {}, { '/a': 'four' }, ['max-added-bytes']],
    ['max-added-bytes that hold', { 'max-added-bytes': '1 kB' }, {}, { '/a': 'four' }, []],
    ['bytes of what was moved', { 'max-added-bytes': 3 }, { '/a': long('a') }, { '/b': long('a') }, []],
    ['max-changed', { 'max-changed': 0 }, { '/a': 'x' }, {}, ['max-changed']],
    [
      'min-similarity',
      { 'min-similarity': 0.6 },
      { '/a': 'x', '/b': 'x' },
      { '/a': 'x', '/b': 'y' },
      ['min-similarity'],
    ],
    ['min-similarity that holds', { 'min-similarity': 0.5 }, { '/a': 'x', '/b': 'x' }, { '/a': 'x', '/b': 'y' }, []],
    ['a file more that is setuid', { 'no-setuid-added': true }, {}, { '/a': setuid }, ['no-setuid-added /a']],
    [
      'a file that became setuid',
      { 'no-setuid-added': true },
      { '/a': { ...setuid, mode: 0o755 } },
      { '/a': setuid },
      ['no-setuid-added /a'],
    ],
    [
      'a copy that is setuid',
      { 'no-setuid-added': true },
      { '/a': setuid },
      { '/a': setuid, '/b': setuid },
      ['no-setuid-added /b'],
    ],
    [
      'one in a folder that was copied',
      { 'no-setuid-added': true },
      { '/a': undefined, '/a/s': setuid },
      { '/a': undefined, '/a/s': setuid, '/b': undefined, '/b/s': setuid },
      ['no-setuid-added /b/s'],
    ],
    ['no file that was setuid and moved', { 'no-setuid-added': true }, { '/a': setuid }, { '/b': setuid }, []],
    [
      'world-writable',
      { 'no-new-world-writable': true },
      {},
      { '/a': { mode: 0o666 }, '/tmp': { type: 'directory', mode: 0o1777 } },
      ['no-new-world-writable /a'],
    ],
    ['allow', { allow: ['/etc/**'] }, {}, { '/etc/a': 'x', '/b': 'x' }, ['allow /b']],
    ['deny', { deny: ['/etc/*.conf'] }, {}, { '/etc/.a.conf': 'x', '/b': 'x' }, ['deny /etc/.a.conf']],
    ['what is ignored', { 'max-changed': 0, ignore: [{ paths: ['/etc/**'], reason: 'r' }] }, {}, { '/etc/a': 'x' }, []],
  ])('%s', async (_what, rules, before, after, expected) => {
    expect(await broken(rules, before, after)).toEqual(expected);
  });

  it('names packages that were removed or downgraded, and says where they are not known', async () => {
    const rules = { 'no-removed-packages': true, 'no-downgraded-packages': true };
    const packages = [
      { distribution: 'debian', name: 'a', version: '2' },
      { distribution: 'debian', name: 'b', version: '1' },
    ];
    const after = [{ distribution: 'debian', name: 'a', version: '1' }];
    expect(await broken(rules, {}, {}, [{ packages }, { packages: after }])).toEqual([
      'no-removed-packages',
      'no-downgraded-packages',
    ]);
    expect(await broken({ 'no-removed-packages': true }, {}, {}, [{ packages }, {}])).toEqual(['no-removed-packages']);
  });
});

describe('a file of rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reproman-rules-'));
  const write = (text: string) => {
    const file = join(folder, 'rules.yml');
    writeFileSync(file, text);
    return file;
  };

  it('is read', async () => {
    expect(await readRules(write('max-added-bytes: 12 MB\nallow: [/etc/**]\n'))).toEqual({
      'max-added-bytes': '12 MB',
      allow: ['/etc/**'],
    });
  });

  it.each([
    'max-addd-bytes: 1',
    'min-similarity: 2',
    'ignore: [{paths: [/a]}]',
    '- x',
    'a: [',
    'max-added-bytes: 1 XB',
  ])('is refused when it is wrong: %s', async (text) => {
    await expect(readRules(write(text))).rejects.toMatchObject({ kind: 'usage' });
  });
});
