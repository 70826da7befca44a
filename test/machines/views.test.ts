import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findProgram, minimalEnvironment, runProcess, spawnProcess } from '../../src/exec.js';
import { diskFiles } from '../../src/machines/disk/files.js';
import { shellOver } from '../../src/machines/local.js';
import type { FileView, Shell } from '../../src/machines/machine.js';
import { shellFileView } from '../../src/machines/shell/files.js';
import { sourceFiles } from '../../src/machines/source-files.js';
import { tarSource } from '../../src/machines/tar-source.js';
import { type FilePath, pathFromText, rootPath } from '../../src/model/file-path.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';
import { keepsContract, makeTree, sizes } from '../support/view-contract.js';

const at = (path: string) => path as FilePath;
let root: string;
let tools: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'views-'));
  tools = mkdtempSync(join(tmpdir(), 'tools-'));
  await makeTree(root);
  const box = findProgram('busybox');
  for (const name of ['sh', 'find', 'xargs', 'stat', 'head', 'cat', 'tar'])
    if (box) symlinkSync(box, join(tools, name));
});
afterAll(() => {
  rmSync(root, { recursive: true });
  rmSync(tools, { recursive: true });
});

/** Programs beside a root; nothing but the tools of `path` is to be found. */
function spawnIn(folder: string, path?: string): Shell['spawn'] {
  const environment = { ...minimalEnvironment, ...(path && { PATH: path }) };
  return async ([program = '', ...args], options) =>
    spawnProcess([path ? join(path, program) : program, ...args], { ...options, cwd: folder, environment });
}

function shellBeside(path?: string): FileView {
  return shellFileView({ spawn: spawnIn(root, path) }, 'x', '.');
}

describe('the view of a folder', () => keepsContract(() => diskFiles(pathFromText(root))));
describe('the view of a tar', () => {
  let view: FileView;
  beforeAll(async () => {
    const tar = join(tools, 'tree.tar');
    await must(['tar', '-c', '-f', tar, '--format=pax', '-C', root, '.']);
    view = sourceFiles(await tarSource(tar));
  });
  keepsContract(() => view);
});
describe('the view through a shell with GNU tools', () => keepsContract(() => shellBeside()));
describe('the view through a shell with BusyBox', () => {
  beforeEach(needs({ programs: ['busybox'] }));
  keepsContract(() => shellBeside(tools));
});

describe.each([
  ['GNU', (): undefined => undefined],
  ['BusyBox', () => tools],
] as const)('a shell with %s tools', (_name, path) => {
  beforeEach(needs({ programs: ['busybox'] }));

  // Not of the contract: an engine knows no times before 1970.
  it('rounds a time before 1970 down, as every other', async () => {
    expect((await shellBeside(path()).lstat(at('/t/etc-x/h2')))?.mtime).toBe(-6);
  });

  it('reads links that do not say how long they are, and what is asked for after them', async () => {
    const files = shellFileView({ spawn: spawnIn('/', path()) });
    const [cwd, maps] = ['cwd', 'maps'].map((name) => at(`/proc/${process.pid}/${name}`));
    const found: unknown[] = [];
    for await (const [, entry] of files.entries([cwd, maps] as FilePath[])) found.push(entry?.target ?? entry?.type);
    expect(found).toEqual([pathFromText(process.cwd()), 'file']);
  });

  it('puts a tar where it belongs, over links to folders and not over what is mounted, and gets it back', async () => {
    const target = mkdtempSync(join(tmpdir(), 'put-'));
    try {
      await must([
        'mkdir',
        '-p',
        `${target}/from/bin`,
        `${target}/from/etc`,
        `${target}/to/usr/bin`,
        `${target}/to/etc`,
      ]);
      writeFileSync(`${target}/from/bin/a b\n`, 'new', { mode: 0o751 });
      writeFileSync(`${target}/from/etc/hosts`, 'new');
      writeFileSync(`${target}/to/etc/hosts`, 'mounted');
      symlinkSync('usr/bin', `${target}/to/bin`);
      const shell = shellOver(spawnIn(`${target}/to`, path()), { neverPut: ['etc/hosts'] });
      const packed = await runProcess(['tar', '-c', '-C', `${target}/from`, 'bin', ...(path() ? [] : ['etc'])]);
      await shell.put(rootPath, Readable.from([packed.stdout], { objectMode: false }));
      expect(readlinkSync(`${target}/to/bin`)).toBe('usr/bin');
      expect(readFileSync(`${target}/to/etc/hosts`, 'utf8')).toBe('mounted');
      expect(statSync(`${target}/to/usr/bin/a b\n`).mode & 0o7777).toBe(0o751);
      const got = Buffer.concat(await shell.get([at('/usr/bin/a b\n'), at('/etc')]).toArray());
      const { stdout } = await runProcess(['tar', '-t'], { input: got });
      expect(stdout.toString().replaceAll('./', '')).toBe('usr/bin/a b\\n\netc/\netc/hosts\n');
    } finally {
      rmSync(target, { recursive: true });
    }
  });
});

describe('shellFileView', () => {
  const names = Array.from({ length: 50 }, (_, at) => `many-${at}`);
  const open = (onStart: (argv: readonly string[]) => void): FileView =>
    shellFileView(
      {
        spawn: async (argv, options = {}) => {
          onStart(argv);
          return spawnProcess(argv, { ...options, cwd: root });
        },
      },
      'x',
      '.',
    );
  beforeAll(() => {
    for (const name of names) writeFileSync(`${root}/t/etc/sub/${name}`, name);
  });

  it.each([{}, { length: 4 }])('starts as many processes for many contents as for one (%o)', async (options) => {
    const started = async (paths: readonly string[]): Promise<number> => {
      let count = 0;
      await sizes(open(() => count++).contents(paths.map(at), options));
      return count;
    };
    expect(await started(names.map((name) => `/t/etc/sub/${name}`))).toBe(await started(['/t/etc/sub/many-1']));
  });

  it('gives the other beginnings when a file is gone, or has grown, since it was looked at: of that as much as it was', async () => {
    const change = (argv: readonly string[]): void => {
      if (!argv.includes('head')) return;
      rmSync(`${root}/t/etc/sub/many-3`);
      writeFileSync(`${root}/t/etc/sub/many-7`, 'grown since');
    };
    const found = await sizes(
      open(change).contents(
        names.map((name) => at(`/t/etc/sub/${name}`)),
        { length: 100 },
      ),
    );
    const expected = names.filter((name) => name !== 'many-3').map((name) => [`/t/etc/sub/${name}`, name.length]);
    expect(new Map(found)).toEqual(new Map(expected as [string, number][]));
  });
});
