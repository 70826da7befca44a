import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '@oclif/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TreeCount } from '../../src/commands/tree/count.js';
import { TreeExport } from '../../src/commands/tree/export.js';
import { TreeFind } from '../../src/commands/tree/find.js';
import { TreeInsert } from '../../src/commands/tree/insert.js';
import { TreeLs } from '../../src/commands/tree/ls.js';
import { TreeRemove } from '../../src/commands/tree/remove.js';
import { TreeScore } from '../../src/commands/tree/score.js';
import { TreeSearch } from '../../src/commands/tree/search.js';
import { TreeTrace } from '../../src/commands/tree/trace.js';
import { TreeUpdate } from '../../src/commands/tree/update.js';
import { jsonOutput, publishedSchema } from '../support/json-output.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-tree-'));
const at = (name: string) => join(folder, name);
const [one, other] = [`one=${at('one')}`, `other=${at('other')}`];

beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', at('data'));
  vi.stubEnv('XDG_CACHE_HOME', at('cache'));
  for (const name of ['one', 'other']) {
    mkdirSync(at(`${name}/etc/café`), { recursive: true });
    writeFileSync(at(`${name}/etc/café/menu`), `of ${name}\n`, { mode: 0o640 });
    writeFileSync(at(`${name}/etc/plain`), 'the same\n');
    linkSync(at(`${name}/etc/plain`), at(`${name}/etc/plainer`));
    symlinkSync('café/menu', at(`${name}/etc/link`));
  }
  writeFileSync(Buffer.concat([Buffer.from(at('one/etc/raw')), Buffer.from([0xff])]), 'a name that is no text\n');
});
beforeEach(async () => {
  rmSync(at('env.trie'), { force: true });
  await jsonOutput(TreeUpdate, at('env.trie'), one, other);
});
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('what verbs of trees print is as the published schema has it', () => {
  it.each<[string, Command.Class, string[], string[]]>([
    ['update', TreeUpdate, [one], ['file', 'added', 'tags', 'entries']],
    ['insert', TreeInsert, ['/etc/tomato', '/etc/é', '--tag', 'kitchen'], ['counts']],
    ['count', TreeCount, ['/etc/plain', '/nowhere'], ['counts']],
    ['ls', TreeLs, [], ['environments']],
    ['ls', TreeLs, ['/etc'], ['places']],
    ['trace', TreeTrace, ['/etc/café/menu'], ['places']],
    ['find', TreeFind, ['/etc/café/menu'], ['path', 'versions']],
    ['find', TreeFind, ['/etc/plainer'], ['path', 'versions']],
    ['find', TreeFind, ['/etc/link'], ['path', 'versions']],
    ['search', TreeSearch, ['.', '--limit', '3'], ['places', 'more']],
    ['score', TreeScore, ['one', 'other'], ['total', 'same', 'diff', 'score', 'tags']],
    ['remove', TreeRemove, ['/etc/plain', '--tag', 'one'], ['removed', 'entries', 'tags']],
    ['export', TreeExport, [], ['name', 'key', 'children']],
    ['export', TreeExport, ['-o', at('data.json')], ['output', 'places']],
  ])('%s %#', async (name, command, args, there) => {
    const result = await jsonOutput(command, at('env.trie'), ...args);
    expect(Object.keys(result)).toEqual(expect.arrayContaining(there));
    const schema = publishedSchema(`tree-${name}`);
    expect(schema.safeParse(result)).toMatchObject({ success: true });
    expect(schema.safeParse({ ...result, somethingElse: 1 }).success).toBe(false);
  });

  it('is so of the file of an export, which is the same', async () => {
    await jsonOutput(TreeExport, at('env.trie'), '-o', at('data.json'));
    const written = JSON.parse(readFileSync(at('data.json'), 'utf8'));
    expect(publishedSchema('tree-export').safeParse(written)).toMatchObject({ success: true });
    expect(written).toEqual(await jsonOutput(TreeExport, at('env.trie')));
  });
});

describe('paths of trees as data', () => {
  it('are text as everywhere else, and can be asked for as they are printed', async () => {
    const { places } = await jsonOutput(TreeLs, at('env.trie'), '/etc');
    expect(places.map(({ name }: { name: string }) => name)).toEqual([
      ...['café', 'link', 'plain', 'plainer', 'raw\\xff'],
    ]);
    for (const { path } of places) {
      expect(await jsonOutput(TreeFind, at('env.trie'), path)).toMatchObject({
        path,
        count: path === '/etc/raw\\xff' ? 1 : 2,
      });
    }
    const { places: found } = await jsonOutput(TreeSearch, at('env.trie'), 'caf.');
    expect(found.map(({ path }: { path: string }) => path)).toEqual(['/etc/café', '/etc/café/menu']);
    const { places: way } = await jsonOutput(TreeTrace, at('env.trie'), '/etc/café/menu');
    expect(way.map(({ path }: { path: string }) => path)).toEqual(['/', '/etc', '/etc/café', '/etc/café/menu']);
  });

  it('have modes and links as comparisons have them', async () => {
    const { versions } = await jsonOutput(TreeFind, at('env.trie'), '/etc/café/menu');
    expect(versions).toMatchObject([
      { tags: ['one'], type: 'file', mode: '0640', size: 7 },
      { tags: ['other'], mode: '0640', size: 9 },
    ]);
    const { versions: links } = await jsonOutput(TreeFind, at('env.trie'), '/etc/link');
    expect(links).toMatchObject([{ tags: ['one', 'other'], type: 'symlink', target: 'café/menu' }]);
  });
});
