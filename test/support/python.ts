import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFiles } from './loop.js';

/** The packaged interpreter: the one on the path may be a version manager's. */
export const python = '/usr/bin/python3';
export const pip = '/usr/lib/python3/dist-packages/pip/__init__.py';

const backend = fileURLToPath(new URL('../fixtures/python/backend.py', import.meta.url));

/** Nothing of the machine's own settings, and no index. */
const environment = {
  PATH: '/usr/sbin:/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C.UTF-8',
  PIP_CONFIG_FILE: '/dev/null',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_CACHE_DIR: '1',
  PIP_NO_INDEX: '1',
  PIP_ROOT_USER_ACTION: 'ignore',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

export interface Project {
  readonly version: string;
  readonly source: string;
  readonly requires?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Writes the source tree of a package that pip can build without an index. */
export function writeProject(
  folder: string,
  name: string,
  { version, source, requires = [], scripts = {} }: Project,
): void {
  const lines = [
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]',
    `[project]\nname = ${JSON.stringify(name)}\nversion = "${version}"\ndependencies = ${JSON.stringify(requires)}`,
    `[project.scripts]\n${Object.entries(scripts)
      .map(([script, entry]) => `${script} = "${entry}"\n`)
      .join('')}`,
  ];
  const module = name.replaceAll('-', '_');
  writeFiles(folder, { 'pyproject.toml': lines.join('\n'), [`src/${module}/__init__.py`]: source });
  copyFileSync(backend, join(folder, 'backend.py'));
}

export const { commitAll, buildWheel, makeEnvironment, runPip, makeTypicalEnvironment } = pythonIn('/');

/** Python's and git's packaged programs in a root, that hold all paths for paths in there. */
export function pythonIn(root: string) {
  function execute(cwd: string, argv: readonly string[]): string {
    const enter = root === '/' ? [] : ['chroot', root];
    const [program = '', ...rest] = [...enter, 'env', `--chdir=${cwd}`, ...argv];
    return execFileSync(program, rest, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Makes a git repository of a folder; gives the commit. */
  function commitAll(folder: string): string {
    const git = (...argv: string[]) => execute(folder, ['git', ...argv]);
    git('init', '--quiet');
    git('add', '--all');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', 'all');
    return git('rev-parse', 'HEAD').trim();
  }

  /** Builds the wheel of a source tree. */
  function buildWheel(source: string, wheels: string): void {
    mkdirSync(join(root, wheels), { recursive: true });
    const script = 'import sys, backend; backend.build_wheel(sys.argv[1])';
    execute(source, [python, '-B', '-c', script, wheels]);
  }

  /** A virtual environment without packages. */
  function makeEnvironment(prefix: string, ...options: string[]): void {
    execute('/', [python, '-m', 'venv', '--without-pip', ...options, prefix]);
  }

  /** Runs the packaged pip for an environment, or for the system's own interpreter. */
  function runPip(prefix: string | undefined, ...argv: string[]): string {
    const target = prefix === undefined ? [] : ['--python', join(prefix, 'bin/python')];
    return execute('/', [python, '-m', 'pip', ...target, '--quiet', ...argv]);
  }

  /** One environment with a wheel that requires another, a checkout's commit, and a source tree in use; and its sources. */
  function makeTypicalEnvironment(folder: string): { readonly prefix: string; readonly commit: string } {
    const source = (name: string) => join(folder, 'src', name);
    const write = (name: string, project: string, content: Project) =>
      writeProject(join(root, source(name)), project, content);
    const prefix = join(folder, 'env');
    write('helper', 'helper', { version: '1.5', source: 'def shout(text):\n    return text.upper()\n' });
    write('wheeled', 'wheeled-tool', {
      version: '1.2.post1',
      source: 'import helper\n\ndef main():\n    print(helper.shout("wheeled"))\n',
      requires: ['helper>=1; python_version >= "3"', 'absent; sys_platform == "win32"'],
      scripts: { wheeled: 'wheeled_tool:main' },
    });
    write('tracked', 'tracked', { version: '0.1', source: 'name = "tracked"\n' });
    write('edited', 'edited', { version: '0.2', source: 'name = "edited"\n' });
    const commit = commitAll(source('tracked'));
    makeEnvironment(prefix);
    const wheels = join(folder, 'wheels');
    for (const name of ['helper', 'wheeled']) buildWheel(source(name), wheels);
    const tracked = `git+file://${source('tracked')}`;
    runPip(prefix, 'install', '--find-links', wheels, 'wheeled-tool', tracked, '--editable', source('edited'));
    return { prefix, commit };
  }

  return { commitAll, buildWheel, makeEnvironment, runPip, makeTypicalEnvironment };
}
