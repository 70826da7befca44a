import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../../../src/distributions/git/index.js';
import { spawnProcess } from '../../../src/exec.js';
import { identify } from '../../../src/identification/identify.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Shell } from '../../../src/machines/machine.js';
import { shellFileView } from '../../../src/machines/shell/files.js';
import { joinPath } from '../../../src/model/file-path.js';
import { access } from '../../capture/fixture-root.js';
import { needs } from '../../support/needs.js';
import { failingAt } from '../../support/unreadable.js';
import { identified } from './identified.js';
import { type GitFolder, gitFolder } from './repositories.js';

beforeEach(needs({ programs: ['git'] }));
let folder: GitFolder;
beforeEach(() => {
  folder = gitFolder();
  folder.git('.', 'init', '--quiet', '--bare', 'remote.git');
  folder.git('.', 'clone', '--quiet', `${folder.path}/remote.git`, 'work');
  folder.write('work/run.py', 'print(1)\n');
  folder.write('work/src/a.py', 'a = 1\n');
  folder.write('work/data.csv', 'a,b\n');
  commit('first');
  folder.git('work', 'push', '--quiet', 'origin', 'HEAD');
});
afterEach(() => folder[Symbol.dispose]());

function commit(message: string, repository = 'work'): string {
  folder.git(repository, 'add', '--all');
  folder.git(repository, 'commit', '--quiet', '-m', message);
  return folder.git(repository, 'rev-parse', 'HEAD').trim();
}

describe('a file in a working tree', () => {
  it('is owned when it is tracked and as committed, and loose when it is not tracked', async () => {
    folder.write('work/untracked.py', '');
    const { owner } = await identified(folder, ['work/run.py', 'work/untracked.py', 'work/src', 'work/absent']);
    const version = folder.git('work', 'rev-parse', 'HEAD').trim();
    const ref = { distribution: 'git', name: 'remote', version, at: `${folder.path}/work` };
    expect(owner('work/run.py')).toMatchObject({ state: 'owned', package: ref });
    expect(owner('work/untracked.py')).toEqual({ path: `${folder.path}/work/untracked.py`, state: 'loose' });
    expect(owner('work/src')?.state).toBe('loose');
    expect(owner('work/absent')?.rule).toBe('absent');
  });

  it('is found with as few questions to the machine among many working trees as in one', async () => {
    const names = ['one', 'two', 'three', 'four'];
    for (const name of names) folder.git('.', 'clone', '--quiet', `${folder.path}/remote.git`, name);
    const here = await localMachine();
    const asked = async (trees: readonly string[]): Promise<number> => {
      let started = 0;
      const spawn: Shell['spawn'] = async (argv, options = {}) => {
        started++;
        return spawnProcess(argv, options);
      };
      const accesses = trees.map((name) => ({ ...access('/', 'read'), path: joinPath(folder.path, `${name}/run.py`) }));
      const options = { modules: [git], verify: false };
      const { owners } = await identify({ ...here, files: shellFileView({ spawn }) }, accesses, options);
      expect(accesses.map(({ path }) => owners.get(path)?.package?.name)).toEqual(trees.map(() => 'remote'));
      return started;
    };
    expect(await asked(names)).toBe(await asked(['one']));
  });

  it('is modified by what it holds, whatever the index says of it', async () => {
    const names = ['content', 'same-size', 'staged', 'added', 'line-ends', 'replaced', 'removed', 'touched', 'mode'];
    for (const name of names) folder.write(`work/${name}`, `${name}\nx\n`);
    unlinkSync(join(folder.path, 'work/added'));
    commit('second');
    folder.write('work/content', 'other');
    folder.git('work', 'update-index', '--assume-unchanged', 'same-size');
    folder.write('work/same-size', 'SAME-SIZE\nx\n');
    folder.write('work/staged', 'other');
    folder.write('work/added', 'new');
    folder.git('work', 'add', 'staged', 'added');
    folder.write('work/line-ends', 'line-ends\r\nx\r\n');
    unlinkSync(join(folder.path, 'work/replaced'));
    mkdirSync(join(folder.path, 'work/replaced'));
    unlinkSync(join(folder.path, 'work/removed'));
    execFileSync('touch', ['-d', '2001-01-01', join(folder.path, 'work/touched')]);
    chmodSync(join(folder.path, 'work/mode'), 0o600);
    const { owner, repository, listing } = await identified(
      folder,
      names.map((name) => `work/${name}`),
    );
    const found = names.map((name) => [name, owner(`work/${name}`)?.state, owner(`work/${name}`)?.rule]);
    expect(found).toEqual([
      ['content', 'modified', 'content'],
      ['same-size', 'modified', 'content'],
      ['staged', 'modified', 'staged'],
      ['added', 'modified', 'staged'],
      ['line-ends', 'modified', 'line-ends'],
      ['replaced', 'modified', 'replaced'],
      ['removed', 'modified', 'removed'],
      ['touched', 'owned', undefined],
      ['mode', 'owned', undefined],
    ]);
    const work = repository('work');
    expect(work?.changed).toEqual(['added', 'content', 'line-ends', 'removed', 'replaced', 'same-size', 'staged']);
    const { entries } = await listing(work ?? {});
    expect(entries.map(({ path }) => path)).toEqual(['', 'data.csv', 'mode', 'run.py', 'src', 'src/a.py', 'touched']);
    expect(entries.find(({ path }) => path === 'mode')).toMatchObject({ mode: '0600' });
    expect(entries.find(({ path }) => path === 'touched')?.mtime).toBe(
      statSync(join(folder.path, 'work/touched')).mtimeMs / 1000,
    );
  });

  it('may have any bytes for a name', async () => {
    const strange = 'b\xff[*]\n\t"\\ \xc3\xa9.txt';
    folder.write(`work/${strange}`, 'x');
    commit('strange');
    const { owner, listing, repository } = await identified(folder, [`work/${strange}`]);
    expect(owner(`work/${strange}`)?.state).toBe('owned');
    const { entries } = await listing(repository('work') ?? {});
    expect(entries.map(({ path }) => path)).toContain('b\\xff[*]\\x0a\\x09"\\\\ é.txt');
  });

  it('is of one repository, whatever links lead to it', async () => {
    symlinkSync('work', join(folder.path, 'link'));
    const { owner, lock } = await identified(folder, ['link/run.py', 'work/src/a.py']);
    expect(owner('link/run.py')?.package?.at).toBe(`${folder.path}/work`);
    expect(lock.packages.map(({ at }) => at)).toEqual([`${folder.path}/work`]);
  });

  it('keeps its compiled code beside it', async () => {
    folder.write('work/src/__pycache__/a.cpython-311.pyc', 'code');
    folder.write('work/src/__pycache__/other.cpython-311.pyc', 'code');
    const { owner } = await identified(folder, [
      'work/src/__pycache__/a.cpython-311.pyc',
      'work/src/__pycache__/other.cpython-311.pyc',
    ]);
    const [own, other] = ['a', 'other'].map((name) => owner(`work/src/__pycache__/${name}.cpython-311.pyc`));
    expect(own).toMatchObject({ state: 'generated', rule: 'python-bytecode', onCreate: 'carry' });
    expect(other?.state).toBe('loose');
  });
});

describe("git's own files", () => {
  it('are carried when git itself was used', async () => {
    const { owner } = await identified(folder, ['work/.git/HEAD', 'work/.git/refs', 'work/.git/objects']);
    expect(owner('work/.git/HEAD')).toMatchObject({ state: 'generated', rule: 'git-folder', onCreate: 'carry' });
    expect(owner('work/.git/refs')?.state).toBe('loose');
  });

  it('of a bare repository are of it', async () => {
    const { repository } = await identified(folder, ['remote.git/HEAD', 'remote.git/config']);
    expect(repository('remote.git')).toMatchObject({ bare: true, name: 'remote', changed: [] });
    expect(repository('remote.git')?.checkout).toBeUndefined();
  });
});

describe('a repository', () => {
  it('keeps its remotes and says so when no remote has its commit', async () => {
    folder.git('work', 'remote', 'add', 'other', 'https://ada:secret@example.org/other.git?token=secret');
    folder.git('work', 'remote', 'add', 'token', 'https://ghp_secret@example.org/token.git');
    const version = commit('unpushed -- nothing to commit'.concat(addLine()));
    const { repository, notes, manifest } = await identified(folder, ['work/run.py']);
    expect(repository('work')).toMatchObject({
      version,
      certainty: 'repacked',
      branch: 'main',
      remotes: [
        { name: 'origin', url: `${folder.path}/remote.git`, hasCommit: false },
        { name: 'other', url: 'https://example.org/other.git', hasCommit: false },
        { name: 'token', url: 'https://example.org/token.git', hasCommit: false },
      ],
    });
    expect(notes.join()).toContain(
      `Commit ${version.slice(0, 12)} is on no remote-tracking branch: its files are carried`,
    );
    expect(JSON.stringify([repository('work'), manifest])).not.toContain('secret');
  });

  it('is found on a remote by its history, though the remote went on', async () => {
    const old = folder.git('work', 'rev-parse', 'HEAD').trim();
    for (const name of ['two', 'three']) {
      folder.write('work/run.py', name);
      commit(name);
    }
    folder.git('work', 'tag', '-a', '-m', 'x', 'v1', old);
    folder.git('work', 'push', '--quiet', 'origin', 'HEAD');
    folder.git('work', 'checkout', '--quiet', old);
    folder.git('work', 'gc', '--quiet');
    folder.git('work', 'remote', 'set-url', 'origin', 'git@example.org:ada/work.git');
    const { repository, notes } = await identified(folder, ['work/run.py']);
    expect(repository('work')).toMatchObject({
      version: old,
      certainty: 'verified',
      tags: ['v1'],
      remotes: [{ name: 'origin', url: 'git@example.org:ada/work.git', hasCommit: true }],
    });
    expect(repository('work')?.branch).toBeUndefined();
    expect(notes).toEqual([]);
  });

  it('without a commit has all its files changed', async () => {
    folder.git('.', 'init', '--quiet', 'new');
    folder.write('new/a', 'a');
    folder.git('new', 'add', 'a');
    const { owner, repository, notes } = await identified(folder, ['new/a']);
    expect(owner('new/a')).toMatchObject({ state: 'modified', rule: 'staged' });
    expect(repository('new')).toMatchObject({ name: 'new', version: '0'.repeat(40), branch: 'main', changed: ['a'] });
    expect(notes.join()).toContain('Nothing was committed yet');
  });

  it('is told apart from the submodules, worktrees and repositories inside it', async () => {
    folder.git('work', 'submodule', '--quiet', 'add', `${folder.path}/remote.git`, 'vendor/sub');
    commit('with a submodule');
    folder.git('work', 'worktree', 'add', '--quiet', '-b', 'side', '../side');
    folder.git('work', 'init', '--quiet', 'inner');
    folder.write('work/inner/x', 'x');
    commit('inside', 'work/inner');
    const used = ['work/run.py', 'work/vendor/sub/run.py', 'side/run.py', 'work/inner/x', 'side/.git'];
    const own = ['work/.git/modules/vendor/sub/HEAD', 'work/.git/worktrees/side/HEAD', 'work/vendor/sub/.git'];
    const { owner, repository, lock } = await identified(folder, [...used, ...own]);
    const places = [...used, ...own].map((name) => owner(name)?.package?.at?.slice(folder.path.length + 1));
    expect(places).toEqual([
      ...['work', 'work/vendor/sub', 'side', 'work/inner', 'side'],
      ...['work/vendor/sub', 'side', 'work/vendor/sub'],
    ]);
    expect(lock.packages).toHaveLength(4);
    expect(repository('side')).toMatchObject({ branch: 'side', remotes: [{ name: 'origin' }] });
    expect(repository('work/vendor/sub')?.remotes[0]?.hasCommit).toBe(true);
  });

  it('may be shallow, sparse, of SHA-256 ids, or borrow its objects', async () => {
    folder.git('.', 'clone', '--quiet', '--depth=1', `file://${folder.path}/remote.git`, 'shallow');
    folder.git('.', 'clone', '--quiet', '--shared', 'work', 'borrowing');
    folder.git('.', 'clone', '--quiet', '--sparse', `${folder.path}/remote.git`, 'sparse');
    folder.git('.', 'init', '--quiet', '--object-format=sha256', 'sha256');
    folder.write('sha256/a', 'a');
    const version = commit('one', 'sha256');
    const { repository, owner, notes } = await identified(folder, [
      ...['shallow/run.py', 'borrowing/run.py', 'sparse/run.py', 'sha256/a'],
    ]);
    const names = ['shallow/run.py', 'borrowing/run.py', 'sparse/run.py', 'sha256/a'];
    expect(names.map((name) => owner(name)?.state)).toEqual(names.map(() => 'owned'));
    expect(repository('shallow')).toMatchObject({ shallow: true, remotes: [{ hasCommit: true }] });
    expect(repository('sparse')).toMatchObject({ changed: [], checkout: { files: 2 } });
    expect(repository('sha256')).toMatchObject({ version, algorithm: 'sha256' });
    expect(notes.filter((note) => !/remote/.test(note))).toEqual([]);
  });

  it('that is broken is told of, and the others go on', async () => {
    for (const name of ['index', 'objects', 'fifo']) folder.git('.', 'clone', '--quiet', 'work', name);
    folder.write('index/.git/index', 'broken');
    rmSync(join(folder.path, 'objects/.git/objects'), { recursive: true });
    unlinkSync(join(folder.path, 'fifo/.git/HEAD'));
    execFileSync('mkfifo', [join(folder.path, 'fifo/.git/HEAD')]);
    folder.write('odd/.git', 'not a repository');
    folder.write('odd/run.py', '');
    const names = ['index', 'objects', 'fifo', 'odd', 'work'];
    const { owner, notes, repository } = await identified(
      folder,
      names.map((name) => `${name}/run.py`),
    );
    expect(names.map((name) => owner(`${name}/run.py`)?.state)).toEqual(['loose', 'owned', 'loose', 'loose', 'owned']);
    expect(notes.join('\n')).toContain('Which files it tracks cannot be read: the index has an unknown format');
    expect(notes.join('\n')).toMatch(
      /Which of its files are committed cannot be told: its commit [0-9a-f]{40} is not there/,
    );
    expect(repository('objects')).toMatchObject({ certainty: 'repacked', checkout: { files: 3, carried: true } });
  });

  it('is the same where its files cannot be read in parts', async () => {
    folder.git('work', 'gc', '--quiet');
    appendFileSync(join(folder.path, 'work/run.py'), '# changed\n');
    const machine = await localMachine();
    const { part: _part, ...files } = machine.files;
    const used = ['work/run.py', 'work/data.csv'];
    const whole = await identified(folder, used, { machine: { ...machine, files } });
    // The folder for temporary files has a new date whenever anybody makes a file there.
    const ofRepository = ({ lock }: typeof whole) => lock.packages.map((each) => ({ ...each, folders: [] }));
    expect(ofRepository(whole)).toEqual(ofRepository(await identified(folder, used)));
    expect(whole.owner('work/data.csv')?.state).toBe('owned');
  });

  it('whose objects cannot be read says what is not known of it', async () => {
    folder.git('work', 'config', 'annex.uuid', 'af6a8f4e-0000-4000-8000-000000000001');
    addLine();
    const machine = failingAt(await localMachine(), (path) => path.includes('/work/.git/objects/'));
    const { notes, owner } = await identified(folder, ['work/run.py', 'work/data.csv'], { machine });
    expect(owner('work/run.py')).toMatchObject({ state: 'modified', rule: 'content' });
    const told = notes.join('\n');
    expect(told).toMatch(/Whether changed files have contents of its annex cannot be told: EIO: .*objects\/\S+\.$/m);
    expect(told).toMatch(/Its history cannot be read: EIO: /);
  });

  it('has no file that must not be carried, and keeps changes that no run used', async () => {
    folder.write('work/key.pem', 'private');
    folder.write('work/unused.pem', 'private');
    commit('with keys');
    folder.write('work/data.csv', 'changed, and used by nobody\n');
    const mayCarry = (path: string) => !path.endsWith('.pem');
    const { repository, owner, listing, notes } = await identified(folder, ['work/run.py', 'work/key.pem'], {
      mayCarry,
    });
    expect(owner('work/key.pem')).toEqual({ path: `${folder.path}/work/key.pem`, state: 'loose' });
    const { entries } = await listing(repository('work') ?? {});
    expect(entries.map(({ path }) => path)).toEqual(['', 'run.py', 'src', 'src/a.py']);
    expect(repository('work')?.edited).toMatchObject([{ path: `${folder.path}/work/data.csv` }]);
    expect(notes.join()).toContain('key.pem, unused.pem: too private to be carried, and left out');
  });

  it('that the run itself cloned is left to the run', async () => {
    const { lock } = await identified(folder, ['work/run.py'], {
      isNew: (path) => path.startsWith(`${folder.path}/work`),
    });
    expect(lock.packages).toEqual([]);
  });
});

function addLine(): string {
  appendFileSync(join(folder.path, 'work/run.py'), '# more\n');
  return '';
}
