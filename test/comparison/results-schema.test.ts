import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from '@oclif/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Changelog } from '../../src/commands/changelog.js';
import { Classify } from '../../src/commands/classify.js';
import { History } from '../../src/commands/history.js';
import { Lineage } from '../../src/commands/lineage.js';
import { Matrix } from '../../src/commands/matrix.js';
import { Similarity } from '../../src/commands/similarity.js';
import { Snapshot } from '../../src/commands/snapshot.js';
import type { Cluster } from '../../src/similarity/cluster.js';
import { layerOf, writeSaved } from '../support/images.js';
import { jsonOutput, publishedSchema } from '../support/json-output.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-results-'));
const at = (name: string) => join(folder, name);

const stanza = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`;
const dpkg = ['etc/', 'var/', 'var/lib/', 'var/lib/dpkg/', 'var/lib/dpkg/info/', 'usr/', 'usr/bin/'];
const list = 'var/lib/dpkg/info/dash.list';
const os = { name: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' };
const base = (version: string) =>
  layerOf(
    ...dpkg,
    os,
    { name: 'var/lib/dpkg/status', content: stanza('dash', version) },
    { name: list, content: '/.\n/usr\n/usr/bin\n/usr/bin/dash\n' },
    { name: 'usr/bin/dash', content: `dash ${version}\n` },
  );
const app = layerOf(
  { name: 'var/lib/dpkg/status', content: stanza('dash', '1.0-1') + stanza('python3.11', '3.11.2-6') },
  { name: 'var/lib/dpkg/info/python3.11.list', content: '/.\n/usr/bin/python3.11\n' },
  { name: 'usr/bin/python3.11', content: 'python\n' },
  { name: 'opt/', type: 'directory' },
  { name: 'opt/tool', content: 'a tool that is long enough to be known again wherever it lies\n' },
);
const moved = layerOf(
  { name: '.wh.opt' },
  { name: 'usr/bin/tool', content: 'a tool that is long enough to be known again wherever it lies\n' },
);

const config = (path: string, ...created: string[]) => ({
  config: { Env: [`PATH=${path}`, 'HOME=/root'] },
  history: created.map((created_by) => ({ created_by })),
});

beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', at('data'));
  vi.stubEnv('XDG_CACHE_HOME', at('cache'));
  const save = (name: string, layers: readonly Buffer[], told: Record<string, unknown>) =>
    writeSaved(at(`${name}.tar`), [{ name: `${name}:1`, layers: layers.map((tar) => ({ tar })), config: told }]);
  save('base', [base('1.0-1')], config('/bin:/usr/bin', 'ADD rootfs / # buildkit'));
  save('newer', [base('1.1-1')], config('/usr/bin:/bin', 'ADD rootfs / # buildkit'));
  save('app', [base('1.0-1'), app], config('/usr/bin', 'ADD rootfs / # buildkit', 'RUN apt-get install python3.11'));
  save('later', [base('1.0-1'), app, moved], config('/usr/bin', 'ADD rootfs /', 'RUN apt-get install', 'RUN mv'));
  const files = {
    Dockerfile: 'FROM base:1\nRUN apt-get install python3.11\n',
    'Dockerfile.other': 'FROM base:1\nRUN apt-get install python3.12\n',
    'accuracy.csv': 'version,accuracy\nbase,1\napp,2\nlater,\n',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  }
});
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('what verbs print is as the published schema has it', () => {
  const [one, other, more, last] = ['base', 'newer', 'app', 'later'].map(
    (name) => `${name}=docker-archive:${at(`${name}.tar`)}`,
  ) as [string, string, string, string];

  it.each<[string, Command.Class, () => string[], string[]]>([
    ['snapshot', Snapshot, () => [more, '-o', at('app.trie')], ['packages', 'treeDigest', 'file', 'owned']],
    ['similarity', Similarity, () => [one, other, '--level', 'package+version'], ['packages', 'variables']],
    ['similarity', Similarity, () => [more, last, '--level', 'content'], ['moves', 'variables']],
    ['similarity', Similarity, () => [one, other, '--model', 'documents'], ['metrics']],
    ['similarity', Similarity, () => [one, other, more, '--weight', 'rarity'], ['metrics']],
    ['similarity', Similarity, () => [more, last, '--path', '/opt', '--path', '/usr/bin'], ['paths', 'renamed']],
    ['matrix', Matrix, () => [one, other, more, last, '--cut', '0.5'], ['tree', 'groups', 'cophenetic', 'variables']],
    ['matrix', Matrix, () => [one, other, more, '--exclude', 'app'], ['removed']],
    ['matrix', Matrix, () => [one, other, more, '--vectors', 'packages'], ['data']],
    ['matrix', Matrix, () => [one, other, more, '--vectors', 'package-tree'], ['packages']],
    ['matrix', Matrix, () => [one, other, '--block', '1/2', '-o', at('part.json')], ['block', 'file']],
    [
      'lineage',
      Lineage,
      () => [one, other, more, at('Dockerfile'), at('Dockerfile.other'), '--recipe', '--toolchain', '--collection'],
      ['recipes', 'compared', 'toolchain'],
    ],
    ['classify', Classify, () => [more, last, '--bases', one, other], ['images', 'toolchain']],
    ['history', History, () => ['/usr/bin/*', one, other, more, at('Dockerfile'), '--recipe'], ['paths', 'makers']],
    ['changelog', Changelog, () => [one, more, last, '--outcome', at('accuracy.csv')], ['steps', 'outcomes']],
  ])('%s %#', async (name, command, args, there) => {
    const result = await jsonOutput(command, ...args());
    expect(Object.keys(result)).toEqual(expect.arrayContaining(there));
    expect(publishedSchema(name).safeParse(result)).toMatchObject({ success: true });
    expect(publishedSchema(name).safeParse({ ...result, somethingElse: 1 }).success).toBe(false);
  });

  it('is so of the file of a block', async () => {
    await jsonOutput(Matrix, one, other, '--block', '1/2', '-o', at('block.json'));
    expect(publishedSchema('matrix-block').safeParse(JSON.parse(readFileSync(at('block.json'), 'utf8'))).success).toBe(
      true,
    );
  });
});

it('the leaves of the tree of a matrix are rows of its data, as they are printed', async () => {
  const lists = { a: ['/a/1', '/a/2', '/a/3'], b: ['/b/1', '/b/2'], c: ['/a/1', '/a/2', '/a/4'] };
  for (const [name, paths] of Object.entries(lists)) writeFileSync(at(`${name}.txt`), `${paths.join('\n')}\n`);
  const {
    tree,
    data: rows,
    Y,
  } = await jsonOutput(Matrix, ...['a', 'b', 'c'].map((name) => at(`${name}.txt`)), '--cluster');
  const leaves = (part: Cluster): number[] => ('leaf' in part ? [part.leaf] : part.parts.flatMap(leaves));
  const joined = tree.parts.find((part: Cluster) => 'parts' in part);
  const [first = -1, second = -1] = leaves(joined);
  expect([Y[first], Y[second]].sort()).toEqual(['a', 'c']);
  expect(rows[first][second]).toBe(joined.score);
});
