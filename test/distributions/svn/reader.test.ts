import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../../src/archives/store.js';
import { svn } from '../../../src/distributions/svn/index.js';
import { planSvn } from '../../../src/distributions/svn/plan.js';
import { svnLockSchema } from '../../../src/distributions/svn/schema.js';
import { identify } from '../../../src/identification/identify.js';
import { localMachine } from '../../../src/machines/local.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { needs } from '../../support/needs.js';

beforeEach(needs({ programs: ['svn', 'svnadmin'] }));
let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'reproman-svn-')));
  run('.', 'svnadmin', 'create', 'tools');
  run('.', 'svn', 'mkdir', '--parents', '--quiet', '-m', 'layout', `${address()}/trunk`);
  run('.', 'svn', 'checkout', '--quiet', `${address()}/trunk`, 'work');
  for (const name of ['run.py', 'changed', 'removed', 'replaced', 'keywords', 'deep/er/é b', 'deleted']) {
    write(`work/${name}`, name === 'keywords' ? '$Id$\n' : `${name}\n`);
  }
  run('work', 'ln', '-s', 'run.py', 'link');
  run('work', 'svn', 'add', '--quiet', '--force', '.');
  run('work', 'svn', 'propset', '--quiet', 'svn:keywords', 'Id', 'keywords');
  run('work', 'svn', 'commit', '--quiet', '-m', 'one');
  run('work', 'svn', 'update', '--quiet');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(where: string, program: string, ...args: string[]): string {
  const env = { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8' };
  return execFileSync(program, args, {
    cwd: join(folder, where),
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function address(): string {
  return `file://${folder}/tools`;
}

async function identified(
  names: readonly string[],
  options: { readonly repack?: 'none'; readonly mayCarry?: (path: string) => boolean } = {},
) {
  const machine = await localMachine();
  const at = (name: string) => pathFromText(join(folder, name));
  const accesses = names.map((name) => ({ path: at(name), uses: ['read' as const] }));
  const { repack = 'missing', ...others } = options;
  const identification = await identify(machine, accesses, { modules: [svn], ...others });
  const contents = await openStore(join(folder, 'store'));
  const [finished] = await identification.finish({ machine, contents, repack, progress: silent });
  return {
    contents,
    owner: (name: string) => identification.owners.get(at(name)),
    lock: svnLockSchema.parse(finished?.lock ?? { name: 'svn', packages: [] }),
    manifest: finished && svn.manifestSchema.parse(finished.manifest),
    files: finished?.files ?? [],
    notes: [...identification.problems, ...(finished?.notes ?? [])],
  };
}

it('owns what is versioned and as in its revision, and says what is not', async () => {
  appendFileSync(join(folder, 'work/changed'), 'more\n');
  unlinkSync(join(folder, 'work/removed'));
  unlinkSync(join(folder, 'work/replaced'));
  mkdirSync(join(folder, 'work/replaced'));
  write('work/added', 'added');
  write('work/unversioned', 'x');
  run('work', 'svn', 'add', '--quiet', 'added');
  run('work', 'svn', 'delete', '--quiet', 'deleted');
  write('work/deleted', 'mine now');
  const names = [
    'run.py',
    'link',
    'keywords',
    'deep/er/é b',
    'changed',
    'removed',
    'replaced',
    'added',
    'unversioned',
    'deleted',
  ];
  const { owner, lock, manifest } = await identified([
    ...names.map((name) => `work/${name}`),
    'work/.svn/wc.db',
    'work/deep',
  ]);
  expect(names.map((name) => [name, owner(`work/${name}`)?.state, owner(`work/${name}`)?.rule])).toEqual([
    ['run.py', 'owned', undefined],
    ['link', 'owned', undefined],
    ['keywords', 'owned', undefined],
    ['deep/er/é b', 'owned', undefined],
    ['changed', 'modified', 'content'],
    ['removed', 'modified', 'removed'],
    ['replaced', 'modified', 'replaced'],
    ['added', 'modified', 'added'],
    ['unversioned', 'loose', undefined],
    ['deleted', 'loose', undefined],
  ]);
  expect(owner('work/.svn/wc.db')).toMatchObject({ state: 'generated', rule: 'svn-folder', onCreate: 'carry' });
  expect(owner('work/deep')?.state).toBe('loose');
  expect(lock.packages).toMatchObject([
    {
      name: 'tools',
      version: '2',
      at: `${folder}/work`,
      url: `${address()}/trunk`,
      uuid: run('work', 'svn', 'info', '--show-item', 'repos-uuid').trim(),
      certainty: 'repacked',
      changed: ['added', 'changed', 'removed', 'replaced'],
    },
  ]);
  expect(manifest?.workingCopies).toEqual([
    { path: `${folder}/work`, url: `${address()}/trunk`, revision: '2', changed: 4 },
  ]);
});

it('tells the revisions of a mixed working copy as svnversion does', async () => {
  write('work/run.py', 'two\n');
  run('work', 'svn', 'commit', '--quiet', '-m', 'two');
  const { lock } = await identified(['work/run.py']);
  expect(lock.packages[0]?.version).toBe(run('work', 'svnversion').trim());
  expect(svn.compareVersions('2:3', '3')).toBe(0);
  expect(svn.compareVersions('9', '10')).toBeLessThan(0);
});

it('keeps the files as they were, and puts them there again', async () => {
  appendFileSync(join(folder, 'work/changed'), 'more\n');
  const { lock, contents } = await identified(['work/run.py']);
  const { artifacts = [], steps } = planSvn(lock);
  const [{ content = '' } = {}] = lock.packages;
  expect(steps).toMatchObject([{ kind: 'unpack', path: '/', content }]);
  expect(artifacts).toMatchObject([
    { distribution: 'svn', artifact: { content, digest: { value: content }, urls: [] } },
  ]);
  mkdirSync(join(folder, 'target'));
  run('.', 'tar', '-C', 'target', '-xzpf', await contents.locate(content));
  const target = join('target', folder, 'work');
  expect(run('.', 'diff', '--recursive', '--no-dereference', '--exclude=.svn', 'work', target)).toBe('');
});

it('keeps what svn compares files with, where svn was used', async () => {
  const { files } = await identified(['work/run.py', 'work/.svn/wc.db']);
  expect(files.filter((path) => path.endsWith('.svn-base'))).toHaveLength(8);
  const mayCarry = (path: string) => !/\/(?:changed|run\.py)$/.test(path);
  const shown = await identified(['work/removed', 'work/.svn/wc.db'], { mayCarry });
  expect(shown.files.filter((path) => path.endsWith('.svn-base'))).toHaveLength(6);
  const unused = await identified(['work/run.py']);
  expect(unused.files.filter((path) => path.includes('/.svn'))).toEqual([]);
});

it('says what is left out, and what is not kept', async () => {
  const mayCarry = (path: string) => !/(?:run\.py|changed)$/.test(path);
  const refused = await identified(['work/run.py', 'work/removed'], { mayCarry });
  expect(refused.owner('work/run.py')).toEqual({ path: `${folder}/work/run.py`, state: 'loose' });
  expect(refused.notes.join()).toContain(`without what may be a secret: ${folder}/work/changed`);
  expect(refused.files).toContain(`${folder}/work/link`);
  expect(refused.files).not.toContain(`${folder}/work/changed`);
  const { lock, notes } = await identified(['work/run.py'], { repack: 'none' });
  expect(lock.packages[0]).toMatchObject({ certainty: 'unknown' });
  expect(notes.join()).toContain(`svn checkout ${address()}/trunk@2`);
  expect(planSvn(lock).steps).toEqual([]);
});

it('goes on where a database cannot be read', async () => {
  run('.', 'svn', 'checkout', '--quiet', `${address()}/trunk`, 'other');
  write('work/.svn/wc.db', 'broken');
  const { owner, notes } = await identified(['work/run.py', 'other/run.py']);
  expect(['work', 'other'].map((name) => owner(`${name}/run.py`)?.state)).toEqual(['loose', 'owned']);
  expect(notes.join()).toContain(`${folder}/work (svn): what it has cannot be read`);
});
