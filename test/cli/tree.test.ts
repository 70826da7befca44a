import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'reproman-tree-'));
const at = (name: string) => join(folder, name);

afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function tree(verb: string, ...args: string[]) {
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const module: Record<string, Command.Class> = await import(join(project, `src/commands/tree/${verb}.ts`));
  const [command] = Object.values(module);
  const { stdout, stderr } = await captureOutput(() => (command as Command.Class).run(args, config), { print: false });
  return { stdout, stderr, code: process.exitCode ?? 0 };
}

async function told(verb: string, ...args: string[]) {
  const { stdout, stderr, code } = await tree(verb, ...args, '--json');
  expect([stderr, code]).toEqual(['', 0]);
  return JSON.parse(stdout);
}

describe('a trie in a file', () => {
  it('takes environments, replaces one that comes again, and tells what they have', async () => {
    writeFileSync(at('one'), '/etc/ssl/certs\n/etc/tomato\n/usr/lib/libssl.so.3\n');
    writeFileSync(at('two'), '/etc/tomato\n/opt/x\n');
    await told('update', at('t'), `a=${at('one')}`);
    expect(await told('update', at('t'), `b=${at('two')}`)).toMatchObject({
      added: ['b'],
      tags: ['a', 'b'],
      entries: 4,
    });
    writeFileSync(at('two'), '/etc/tomato\n/opt/y\n');
    expect(await told('update', at('t'), `b=${at('two')}`)).toMatchObject({ tags: ['a', 'b'], entries: 4 });
    const { environments } = await told('ls', at('t'));
    expect(environments).toEqual([
      { name: 'a', places: 8, own: 5 },
      { name: 'b', places: 5, own: 2 },
    ]);
    expect((await told('ls', at('t'), '/etc')).places.map(({ name }: { name: string }) => name)).toEqual([
      'ssl',
      'tomato',
    ]);
    expect(await told('score', at('t'), 'a', 'b')).toMatchObject({ total: 10, same: 3, diff: 7, score: 0.3 });
    const { places } = await told('trace', at('t'), '/etc/ssl');
    expect(places.map(({ name }: { name: string }) => name)).toEqual(['/', 'etc', 'ssl']);
    expect(await told('find', at('t'), '/etc/tomato')).toMatchObject({ tags: ['a', 'b'], count: 2 });
    const found = await told('search', at('t'), 'libssl\\.so');
    expect(found.places).toMatchObject([{ path: '/usr/lib/libssl.so.3', tags: ['a'] }]);
    expect(await told('search', at('t'), '--glob', '/**', '--limit', '2')).toMatchObject({ more: true });
    expect((await told('export', at('t'))).children.map(({ key }: { key: string }) => key)).toEqual([
      '/etc',
      '/opt',
      '/usr',
    ]);
    expect(await told('export', at('t'), '-o', at('data.json'))).toEqual({ output: at('data.json'), places: 10 });
    expect(JSON.parse(readFileSync(at('data.json'), 'utf8'))).toEqual(await told('export', at('t')));
    expect(await told('remove', at('t'), '/etc', '--tag', 'a')).toMatchObject({ removed: 1, entries: 3 });
    expect(await told('remove', at('t'), '--tag', 'a')).toMatchObject({ tags: ['b'], entries: 2 });
  });

  it('counts how often a path was put, as container-tree does', async () => {
    expect(await told('insert', at('counted'), '/etc/tomato')).toEqual({ counts: { '/etc/tomato': 1 } });
    expect(await told('insert', at('counted'), '/etc/tomato')).toEqual({ counts: { '/etc/tomato': 2 } });
    expect(await told('count', at('counted'), '/etc/tomato', '/etc', '/no')).toEqual({
      counts: { '/etc/tomato': 2, '/etc': 0, '/no': 0 },
    });
  });
});

describe('mistakes', () => {
  it.each([
    ['find', [at('x'), '/no'], /has no place \/no\. Look for it with tree search/],
    ['score', [at('x'), 'nobody'], /has no environment "nobody"\. It has "a"/],
    ['search', [at('x')], /there is nothing to search for\. Give a pattern/],
    ['search', [at('x'), '('], /[Ii]nvalid regular expression/],
    ['remove', [at('x')], /there is nothing to remove/],
    ['update', [at('x')], /there is nothing to add/],
    ['ls', [at('none')], /none is not there/],
    ['ls', [folder], /is a folder/],
    ['ls', [at('text')], /cannot be read as a trie: it does not begin as one/],
  ])('tells of %s %j', async (verb, args, message) => {
    writeFileSync(at('text'), 'text');
    await tree('insert', at('x'), '/a', '--tag', 'a');
    const { stderr, code } = await tree(verb, ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
