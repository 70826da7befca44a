import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/hash.js';
import { localMachine } from '../../../src/machines/local.js';
import { bringInputs } from '../../../src/resources/run-data/inputs.js';
import { fetchOutputs } from '../../../src/resources/run-data/outputs.js';
import type { ManifestRun } from '../../../src/spec/document/schema.js';
import type { Specification } from '../../../src/spec/specification.js';

let folder: string;
let cwd: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-data-'));
  cwd = join(folder, 'work');
  await mkdir(join(cwd, 'figures/many'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const spec = {
  manifest: { base: { distribution: 'debian' }, distributions: [] },
  trace: async () => undefined,
  contents: { has: async () => false },
} as unknown as Specification;
const signal = new AbortController().signal;

function runWith(parts: Pick<ManifestRun, 'inputs' | 'outputs'>): ManifestRun {
  return { id: 'one', command: ['true'], cwd, environment: {}, umask: '0022', exit: 0, ...parts };
}

describe('what a run leaves', () => {
  it('is copied below the folder, and compared by its hash with what the spec has', async () => {
    const outside = join(folder, 'outside.txt');
    for (const [file, text] of Object.entries({
      'figures/a.txt': 'a',
      'b.txt': 'b',
      'figures/many/1': '1',
      'v.txt': 'v',
    }))
      await writeFile(join(cwd, file), text);
    await writeFile(outside, 'o');
    const output = (path: string, text?: string) => ({ path, ...(text !== undefined && { sha256: sha256(text) }) });
    const run = runWith({
      inputs: [],
      outputs: [
        output(join(cwd, 'figures/a.txt'), 'a'),
        output(join(cwd, 'b.txt'), 'another'),
        { ...output(join(cwd, 'v.txt'), 'then'), varies: true },
        output(join(cwd, 'gone.txt'), 'gone'),
        { path: join(cwd, 'figures/many'), files: 20 },
        output(outside, 'o'),
      ],
    });
    await using machine = await localMachine();
    const to = join(folder, 'results');
    const fetched = await fetchOutputs({ spec, run, machine, here: machine, folder: to, signal });
    expect(fetched.map(({ path, verdict }) => [path.slice(folder.length), verdict])).toEqual([
      ['/work/figures/a.txt', 'equal'],
      ['/work/b.txt', 'differs'],
      ['/work/v.txt', 'varies'],
      ['/work/gone.txt', 'missing'],
      ['/work/figures/many', 'unknown'],
      ['/outside.txt', 'equal'],
    ]);
    const copies = ['figures/a.txt', 'b.txt', 'figures/many/1', outside.slice(1)].map((name) =>
      readFile(join(to, name), 'utf8'),
    );
    expect(await Promise.all(copies)).toEqual(['a', 'b', '1', 'o']);
    expect(fetched.at(-1)?.file).toBe(join(to, outside));
  });

  it('is compared by the comparator that the spec names', async () => {
    await writeFile(join(cwd, 'n.txt'), '1.50\n');
    await writeFile(join(folder, 'same.txt'), '1.5\n');
    const path = join(cwd, 'n.txt');
    const run = runWith({ inputs: [], outputs: [{ path, sha256: sha256('1.5\n'), compare: 'numbers' }] });
    const contents = {
      has: async () => true,
      open: () =>
        (async function* () {
          yield Buffer.from('1.5\n');
        })(),
    };
    await using machine = await localMachine();
    const told = { spec: { ...spec, contents } as unknown as Specification, run, machine, here: machine, signal };
    const [numbers] = await fetchOutputs({ ...told, folder: join(folder, 'results') });
    expect(numbers).toMatchObject({ verdict: 'equal', found: sha256('1.50\n') });
  });
});

describe('what a run needs', () => {
  it('is put nowhere where it is another file or not at hand', async () => {
    await writeFile(join(folder, 'data.csv'), 'other');
    const [path, none] = [join(cwd, 'data.csv'), join(cwd, 'none.csv')];
    await using machine = await localMachine();
    const told = { spec, machine, here: machine, folder, signal };
    const input = (at: string) => runWith({ inputs: [{ path: at, sha256: sha256('right') }], outputs: [] });
    await expect(bringInputs({ ...told, run: input(path) })).rejects.toThrow(
      `the input ${path} is not at hand: ${join(folder, 'data.csv')} is another file (${sha256('other')}, not ${sha256('right')})`,
    );
    await expect(bringInputs({ ...told, run: input(none) })).rejects.toThrow(
      `the input ${none} is not at hand: it was not found`,
    );
  });
});
