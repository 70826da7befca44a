import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Changelog } from '../../src/commands/changelog.js';
import { Classify } from '../../src/commands/classify.js';
import { History } from '../../src/commands/history.js';
import { Lineage } from '../../src/commands/lineage.js';
import { writeTrieFile } from '../../src/filesystem/trie/file.js';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import { lineageResultSchema } from '../../src/lineage/schema.js';
import type { FilePath } from '../../src/model/file-path.js';
import { system } from './support.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lineage-verbs-'));

const files = {
  'base.txt': system(90).join('\n'),
  'mid.txt': [...system(90), '/usr/bin/python3.11'].join('\n'),
  'top.txt': [...system(90), '/usr/bin/python3.11', '/usr/bin/mine'].join('\n'),
  'Dockerfile.one': 'FROM debian:12\nRUN a\n',
  'Dockerfile.two': 'FROM one\nRUN b\n',
  'Dockerfile.lost': 'ARG BASE\nFROM $BASE\n',
  'metrics.csv': 'version,acc\nbase,1\nmid,2\n',
};

beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), `${text}\n`);
});
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const at = (...names: readonly string[]) => names.map((name) => join(folder, name));

async function run(command: Command.Class, ...args: readonly string[]) {
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const { stdout, stderr } = await captureOutput(() => command.run([...args], config), { print: false });
  return { stdout, stderr, code: process.exitCode ?? 0 };
}

it('lineage shows the tree of lists and of recipes', async () => {
  const lists = await run(Lineage, ...at('top.txt', 'base.txt', 'mid.txt'), '--toolchain');
  expect(lists.stdout).toMatch(/^base\n└─ mid {2}\[likely by containment 1\.000\].*\n {3}└─ top/);
  expect(lists.stdout).toMatch(/Python +3\.11 +- +3\.11 +no/);
  const recipes = await run(Lineage, ...at('Dockerfile.two', 'Dockerfile.one', 'Dockerfile.lost'), '--recipe');
  expect(recipes.stdout).toMatch(/debian:12 \(named only\)\n└─ one .*\n {3}└─ two/);
  expect(recipes.stdout).toContain('lost (from $BASE, which names no image as it stands)');
  expect(recipes.stdout).toMatch(/~ {2}2: RUN b +2: RUN a/);
});

it('lineage gives data as its schema has it, with the paths of a collection', async () => {
  const { stdout } = await run(Lineage, ...at('Dockerfile.two', 'Dockerfile.one', 'mid.txt', 'base.txt'), '--json');
  const result = lineageResultSchema.parse(JSON.parse(stdout));
  expect(result.tree).toEqual({ one: 'debian:12', two: 'one', mid: 'base' });
  expect(result.collection).toContain('/scratch/library/debian/.12/library/one/.latest/library/two');
});

it('classify says where an image belongs and how many comparisons that took', async () => {
  const { stdout } = await run(Classify, ...at('top.txt'), '--bases', ...at('base.txt', 'mid.txt'));
  expect(stdout).toMatch(/^top\n {2}mid {2}\[likely by containment 1\.000\]/);
  expect(stdout).toContain('  2 comparisons\n  On top: mine');
});

it('history takes each snapshot of a file, of which none tells layers', async () => {
  const trie = new FilesystemTrie();
  for (const tag of ['before', 'after']) trie.insert({ path: '/a' as FilePath, type: 'file', size: 1 }, tag);
  const [file = ''] = at('several.trie');
  await writeTrieFile(file, trie, new Map());
  const { stdout, code } = await run(History, '--recipe', '/a', file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\/a +1 bytes +before +after +2/);
  expect(stdout).toContain('None of the sources tells its layers');
});

it('history says which sources have a file and which not', async () => {
  const { stdout } = await run(History, '/usr/bin/*', ...at('base.txt', 'mid.txt', 'top.txt'));
  expect(stdout).toMatch(/\/usr\/bin\/python3\.11 +not known +mid +top +2/);
  expect(stdout).toContain('/usr/bin/mine is not in base, mid');
});

it('changelog holds what was measured against what changed', async () => {
  const versions = at('base.txt', 'mid.txt');
  const { stdout } = await run(Changelog, ...versions, '--outcome', join(folder, 'metrics.csv'));
  expect(stdout).toContain('base → mid\n  no package changed\n  files: 1 added (0 B)');
  expect(stdout).toContain('acc, over 1 step\n  base → mid: +1\n  too few steps');
});

it.each([
  [Lineage, [], 'there is nothing to look at'],
  [Classify, ['--bases', 'x'], 'there is nothing to classify'],
  [History, ['usr/bin', 'x'], 'give an absolute path'],
  [History, ['/usr/bin'], 'give an absolute path'],
  [Changelog, [], 'there are no versions'],
  [Changelog, ['a', 'b', '--outcome', '/nowhere/m.csv'], 'there is no such file'],
] as const)('%# is refused: %3$s', async (command, args, message) => {
  const { stderr, code } = await run(command, ...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
