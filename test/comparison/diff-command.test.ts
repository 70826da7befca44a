import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Diff } from '../../src/commands/diff.js';
import { comparisonSchema } from '../../src/comparison/schema.js';
import { writeTrieFile } from '../../src/filesystem/trie/file.js';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import type { FilePath } from '../../src/model/file-path.js';
import { layerOf, writeSaved } from '../support/images.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'reproman-diff-'));
const [one, other] = [join(folder, 'one'), join(folder, 'other')];

/** Two small systems: an environment of conda moved, a script rewritten for it, a program made setuid. */
beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  mkdirSync(join(one, 'opt/conda/bin'), { recursive: true });
  mkdirSync(join(one, 'usr'));
  for (let at = 0; at < 30; at++) writeFileSync(join(one, `opt/conda/m${at}.py`), `module ${at}\n`.repeat(10));
  writeFileSync(join(one, 'opt/conda/bin/tool'), '#!/opt/conda/bin/python\nprint(1)\n');
  writeFileSync(join(one, 'usr/sudo'), 'a program for all to run as root\n');
  writeFileSync(join(one, 'text'), 'a\nb\nc\n');
  cpSync(one, other, { recursive: true });
  renameSync(join(other, 'opt/conda'), join(other, 'usr/conda'));
  writeFileSync(join(other, 'usr/conda/bin/tool'), '#!/usr/conda/bin/python\nprint(1)\n');
  chmodSync(join(other, 'usr/sudo'), 0o4755);
  writeFileSync(join(other, 'text'), 'a\nx\nc\n');
});
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function diff(...args: string[]) {
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const { stdout, stderr } = await captureOutput(() => Diff.run(args, config), { print: false });
  return { stdout, stderr, code: process.exitCode ?? 0 };
}

describe('reproman diff', () => {
  it('tells people what differs, in the order of paths', async () => {
    const { stdout, code } = await diff(`one=${one}`, `other=${other}`);
    expect(code).toBe(1);
    expect(stdout).toBe(`one > other: different
files: 1 moved, 2 content, 1 mode, 3 same; 0 B more, 0 B less
  of no known package
    content   /text (6 B, other content)
    moved     /opt/conda > /usr/conda (33 entries, 2.9 kB; 96 % of its files the same)
    content   /opt/conda/bin/tool > /usr/conda/bin/tool (33 B, other content)
    mode      /usr/sudo (0644 > 4755)
`);
  });

  it('does not count what was rewritten for another place when it is asked not to', async () => {
    const { stdout } = await diff(`one=${one}`, `other=${other}`, '--normalize', '--json');
    const { files } = comparisonSchema.parse(JSON.parse(stdout));
    expect(files.normalized).toEqual([
      { path: '/usr/conda/bin/tool', from: '/opt/conda/bin/tool', rule: 'prefix', entries: 1 },
    ]);
    expect(files.changes.map(({ path, verdicts }) => `${verdicts.join('+')} ${path}`)).toEqual([
      'content /text',
      'moved /usr/conda',
      'mode /usr/sudo',
    ]);
  });

  it('ends with 0 where nothing differs', async () => {
    expect(await diff(`a=${one}`, `b=${one}`)).toMatchObject({ stdout: 'a > b: no difference\n', code: 0 });
  });

  it('ends with 1 where a rule is broken, and with 0 where all hold', async () => {
    const rules = join(folder, 'rules.yml');
    writeFileSync(rules, 'no-setuid-added: true\n');
    const broken = await diff(`one=${one}`, `other=${other}`, '--rules', rules);
    expect(broken.stdout).toContain('rule no-setuid-added: /usr/sudo is setuid or setgid (4755)');
    expect(broken.code).toBe(1);
    process.exitCode = undefined;
    writeFileSync(rules, 'max-changed: 4\n');
    expect((await diff(`one=${one}`, `other=${other}`, '--rules', rules)).code).toBe(0);
  });

  it('shows one file', async () => {
    const { stdout, code } = await diff(`one=${one}`, `other=${other}`, '--show', '/text');
    expect(stdout).toBe('--- one:/text\n+++ other:/text\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n');
    expect(code).toBe(1);
  });

  it('shows all of a file that only one has', async () => {
    const { stdout } = await diff(`one=${one}`, `other=${other}`, '--show', '/usr/conda/m1.py');
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      '--- /dev/null',
      '+++ other:/usr/conda/m1.py',
      '@@ -0,0 +1,10 @@',
      '+module 1',
    ]);
  });

  it.each([
    ['junit', /<failure message="files: 1 moved/],
    ['sarif', /"version": "2\.1\.0"/],
    ['markdown', /^# `one` → `other`/],
    ['container-diff', /^\n-----File-----\n\nThese entries have been added to other:\nFILE /],
  ])('writes %s', async (format, expected) => {
    expect((await diff(`one=${one}`, `other=${other}`, '--format', format)).stdout).toMatch(expected);
  });

  it('prints the JSON of container-diff as the array that it is', async () => {
    const { stdout } = await diff(`one=${one}`, `other=${other}`, '--format', 'container-diff', '--json');
    expect(JSON.parse(stdout)[0].Diff.Mods).toEqual([{ Name: '/text', Size1: 6, Size2: 6 }]);
  });

  it('compares images by their configurations and their layers', async () => {
    const image = (user: string, ...layers: Buffer[]) => ({
      layers: layers.map((tar) => ({ tar })),
      config: { config: { User: user, ExposedPorts: { '80/tcp': {} }, Healthcheck: { Test: ['CMD', 'ok'] } } },
    });
    const base = layerOf({ name: 'base', content: 'base' });
    const [before, after] = [join(folder, 'before.tar'), join(folder, 'after.tar')];
    writeSaved(before, [image('', base, layerOf({ name: 'app', content: 'old' }))]);
    writeSaved(after, [image('app', base, layerOf({ name: 'app', content: 'newer' }))]);
    const asked = [`docker-archive:${before}`, `docker-archive:${after}`];
    expect((await diff(...asked)).stdout).toMatch(/User\b.*app/);
    expect((await diff(...asked)).stdout).not.toMatch(/ExposedPorts|Healthcheck/);
    const types = ['metadata', 'layer', 'sizelayer'].flatMap((type) => ['-t', type]);
    const { stdout } = await diff(...asked, '--format', 'container-diff', ...types, '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      { Diff: { DirDiffs: [{ Mods: null }, { Mods: [{ Name: '/app', Size1: 3, Size2: 5 }] }] } },
      { Diff: { Adds: ['User: app'], Dels: ['User: '] } },
      { Diff: [{ Name: '1', Size1: 3, Size2: 5 }] },
    ]);
  });

  it('says that a folder has no layers', async () => {
    const { stderr } = await diff(`one=${one}`, `other=${other}`, '--format', 'container-diff', '-t', 'layer');
    expect(stderr).toMatch(/one: this has no layers\. Give an image/);
  });

  it('takes one of several snapshots of a file, and names them where none is named', async () => {
    const trie = new FilesystemTrie();
    for (const tag of ['several', 'one']) trie.insert({ path: '/text' as FilePath, type: 'file', size: 6 }, tag);
    const several = join(folder, 'several.trie');
    await writeTrieFile(several, trie, new Map());
    const { stderr, code } = await diff(several, one);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the file has 2 snapshots/);
    expect(stderr).toMatch(/several\.trie#TAG: several, one/);
    process.exitCode = undefined;
    expect(await diff(`${several}#one`, `${several}#several`)).toMatchObject({ code: 0 });
    const index = join(folder, 'index.json');
    const row = { collection: 'a', commit: 'b', hash: 'c', name: 'd', url: 'lists/a.json' };
    writeFileSync(index, JSON.stringify([row, {}]));
    expect((await diff(one, index)).stderr).toMatch(/an index of 1 lists of files(?:.|\n)*lists\/a\.json/);
  });

  it('says what is wrong with what it was given', async () => {
    const mistake = (pattern: RegExp) => ({ code: 2, stderr: expect.stringMatching(pattern) });
    expect(await diff(one, join(folder, 'nothing'))).toMatchObject(mistake(/no file, and no resource/));
    expect(await diff(one, other, '--satisfies')).toMatchObject(mistake(/compares two specs/));
    const spec = join(project, 'specs/examples/minimal.yml');
    for (const flags of [['--rules', join(folder, 'none.yml')], ['--format', 'sarif'], ['--strict'], ['--normalize']]) {
      const expected = mistake(new RegExp(`${flags[0]} is for files, and two specs.*--files`));
      expect(await diff(spec, spec, ...flags)).toMatchObject(expected);
    }
    expect(await diff(one, other, '--show', '/nothing')).toMatchObject(mistake(/neither .* has this file/));
    expect(await diff(one, other, '--show', '/usr')).toMatchObject(mistake(/no file that can be read/));
  });
});
