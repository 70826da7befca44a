import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dropTrees, lendBareTrees, sharedCache } from './roots.js';
import { must, type RunResult, run } from './run.js';
import type { OrdinaryUser } from './users.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The built command line with an inventory of its own and a work folder. */
export interface Cli extends AsyncDisposable {
  /** The folder that commands run in. */
  readonly work: string;
  readonly env: Readonly<Record<string, string>>;
  /** The argument list that starts the command line, for use through a shell or strace. */
  readonly program: readonly string[];
  readonly takesBare: boolean;
  run(args: readonly string[], options?: CliOptions): Promise<RunResult>;
  /** Fails with the output of the command when its exit code is not the expected one. */
  must(args: readonly string[], options?: CliOptions): Promise<RunResult>;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly code?: number;
  readonly cwd?: string;
}

export interface FreshOptions {
  readonly user?: OrdinaryUser;
  readonly ownStore?: boolean;
  readonly ownTemporary?: boolean;
  /**
   * Begins with a bare system that this run of the tests built before, of the shared store; else all is built anew. A
   * store of its own has these and nothing else then.
   */
  readonly takesBare?: boolean;
}

/**
 * A fresh installation's view: empty inventory, the shared store of the test run (and all built anew) unless `ownStore`,
 * the machine's folder for temporary files unless `ownTemporary`, maybe another user.
 */
export async function freshCli(options: FreshOptions = {}): Promise<Cli> {
  if (!existsSync(join(project, 'dist/src/commands'))) throw new Error('build first: npm run build');
  const { user, takesBare = false } = options;
  const folder = await mkdtemp(join(user?.home ?? tmpdir(), 'reproman-e2e-'));
  const folders = {
    work: join(folder, 'work'),
    data: join(folder, 'data'),
    home: join(folder, 'home'),
    temporary: join(folder, 'tmp'),
  };
  const isShared = !options.ownStore && !user;
  const cache = isShared ? sharedCache : join(folder, 'cache');
  for (const path of [folder, ...Object.values(folders), cache]) {
    mkdirSync(path, { recursive: true });
    if (user && path.startsWith(user.home)) chownSync(path, user.uid, user.gid);
  }
  if (options.ownStore && takesBare) lendBareTrees(cache);
  const env = {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: user?.home ?? folders.home,
    LANG: 'C.UTF-8',
    XDG_DATA_HOME: folders.data,
    XDG_CACHE_HOME: cache,
    // No test leans on a public service.
    REPROMAN_DEBIAN_SNAPSHOTS: '',
    REPROMAN_UBUNTU_SNAPSHOTS: '',
    REPROMAN_CONDA_LABELS: '',
    REPROMAN_PYTHON_ARCHIVES: '',
    REPROMAN_NPM_REGISTRIES: '',
    ...(options.ownTemporary && { TMPDIR: folders.temporary }),
  };
  const entry = join(user?.program ?? project, 'bin/run.js');
  const program = user ? [...user.become, process.execPath, entry] : [process.execPath, entry];

  const isBuilding = ([verb, ...rest]: readonly string[]) => verb === 'create' && isShared && !rest.includes('--fresh');

  /** What another test built is no proof of what this one builds. */
  const asked = (args: readonly string[]): readonly string[] => {
    if (!isBuilding(args)) return args;
    if (!takesBare) return ['create', '--fresh', ...args.slice(1)];
    // What comes on top of a bare system is put there every time, wherever the environment is to be.
    dropTrees('finished');
    return args;
  };

  async function runCli(args: readonly string[], { env: more, input, cwd }: CliOptions = {}): Promise<RunResult> {
    const where = { cwd: cwd ?? folders.work, env: { ...env, ...more } };
    return run([...program, ...asked(args)], { ...where, ...(input === undefined ? {} : { input }) });
  }

  return {
    work: folders.work,
    env,
    program,
    takesBare,
    run: runCli,
    async must(args, given = {}) {
      const result = await runCli(args, given);
      if (result.code === (given.code ?? 0)) return result;
      const said = `${result.stdout.slice(-3000)}\n${result.stderr.slice(-5000)}`;
      throw new Error(`reproman ${args.join(' ')} ended with ${result.signal ?? result.code}\n${said}`);
    },
    async [Symbol.asyncDispose]() {
      const listed = await runCli(['ls', '--json']);
      const names = namesIn(listed.stdout);
      if (names.length > 0) await runCli(['delete', '--yes', ...names]);
      await must(['rm', '-rf', '--one-file-system', folder]);
    },
  };
}

function namesIn(json: string): string[] {
  try {
    return (JSON.parse(json) as { name: string }[]).map((resource) => resource.name);
  } catch {
    return [];
  }
}
