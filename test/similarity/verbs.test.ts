import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Matrix } from '../../src/commands/matrix.js';
import { Similarity } from '../../src/commands/similarity.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'similarity-verbs-'));

const lists = {
  old: ['/usr/lib/python3.11/os.py', '/usr/lib/python3.11/imp.py', '/usr/bin/ls'],
  new: ['/usr/lib/python3.12/os.py', '/usr/bin/ls', '/usr/bin/cat'],
  other: ['/opt/x', '/opt/y'],
};

beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  for (const [name, paths] of Object.entries(lists))
    writeFileSync(join(folder, `${name}.txt`), `${paths.join('\n')}\n`);
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

const data = async (command: Command.Class, ...args: readonly string[]) =>
  JSON.parse((await run(command, ...args, '--json')).stdout);

describe('reproman similarity', () => {
  it('compares two folders of two sources', async () => {
    const paths = ['--path', '/usr/lib/python3.11', '--path', '/usr/lib/python3.12'];
    expect(await data(Similarity, ...at('old.txt', 'new.txt'), ...paths)).toMatchObject({
      one: { source: 'old', entries: 2 },
      other: { source: 'new', entries: 1 },
      ...{ same: 1, aligned: 0, score: 2 / 3 },
    });
    const { stdout } = await run(Similarity, ...at('old.txt'), '--path', '/usr/lib', '--path', '/usr/bin');
    expect(stdout).toContain('old /usr/lib has 2 entries, old /usr/bin 1');
  });

  it.each([
    [['--path', '/usr', '--path', '/opt', '--path', '/x'], 'two folders are compared'],
    [['--path', '/usr', '--level', 'package'], '--path compares entries'],
    [['--path', '/nowhere'], 'there is no /nowhere in old'],
    [['--runs'], '--runs compares the runs of two specs'],
    [['--runs', '--blend', '2'], '--blend "2" is no score'],
    [['--model', 'documents', '--level', 'size'], '--level size says nothing to the model documents'],
  ])('refuses %j', async (flags, message) => {
    const { stderr, code } = await run(Similarity, ...at('old.txt', 'new.txt'), ...flags);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe('reproman matrix', () => {
  it('is the same in blocks, read in any order', async () => {
    const sources = at('old.txt', 'new.txt', 'other.txt');
    for (const index of ['1', '2', '3']) {
      await run(Matrix, ...sources, '--weight', 'rarity', '--block', `${index}/3`, '-o', join(folder, `part${index}`));
    }
    const whole = await run(Matrix, ...sources, '--weight', 'rarity', '--csv');
    const merged = await run(Matrix, '--merge', ...at('part3', 'part1', 'part2'), '--csv');
    expect(whole.stdout).toMatch(/^,old,new,other\nold,1,0\.\d+,0\n/);
    expect(merged.stdout).toBe(whole.stdout);
    const missing = await run(Matrix, '--merge', ...at('part3', 'part1'));
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('of 3 blocks 2 is missing') });
  });

  it('tells what its filters removed, on paper and as data', async () => {
    const flags = [...at('old.txt', 'new.txt', 'other.txt'), '--min-average', '0.05', '--exclude', 'new'];
    const { stderr } = await run(Matrix, ...flags);
    expect(stderr).toContain('Left out a source (excluded): new');
    expect(stderr).toContain('Left out 2 sources (scores below 0.05 on average): old, other');
    expect((await data(Matrix, ...flags)).removed.map(({ name }: { name: string }) => name)).toEqual([
      'new',
      'old',
      'other',
    ]);
  });

  it('prints vectors of packages, and tells that lists of files have none', async () => {
    const { stdout, stderr } = await run(Matrix, ...at('old.txt', 'new.txt'), '--vectors', 'packages');
    expect(stdout).toBe('\nold\nnew\n');
    expect(stderr).toContain('Of old, new no packages are known');
  });

  it.each([
    [['--model', 'documents', '--metric', 'dice'], 'the model documents has a score of its own'],
    [['--model', 'graph', '--block', '1/2', '-o', 'x'], 'a matrix of the model graph is not made in blocks'],
    [['--block', '1/2'], '--output'],
    [['--matching', '('], 'no regular expression'],
    [['--include', 'nobody'], 'no source is called "nobody"'],
    [['--vectors', 'packages', '--cluster'], '--vectors'],
  ])('refuses %j', async (flags, message) => {
    const { stderr, code } = await run(Matrix, ...at('old.txt', 'new.txt'), ...flags);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
