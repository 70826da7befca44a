import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../src/file-lock.js';
import { codename, offeredVersions, sourceFiles } from './archive.js';
import { must, type RunResult, run } from './run.js';

/** What all test files of a run share, so that it is bootstrapped and fetched once. */
export const sharedFolder = join(tmpdir(), `reproman-test-${userInfo().uid}`);

/** Where the command line keeps what it fetched and built, for all of them. */
export const sharedCache = join(sharedFolder, 'cache');
const sharedTrees = join(sharedCache, 'reproman/store/trees');

/** Forgets trees that were built, for all of them; whoever takes one at that moment builds it anew. */
export function dropTrees(layer: 'bare' | 'finished'): void {
  const names = existsSync(sharedTrees) ? readdirSync(sharedTrees) : [];
  for (const name of names) if (name.startsWith(`${layer}-`)) rmSync(join(sharedTrees, name), { force: true });
}

/** Gives another cache the bare systems that were built, and nothing that they were built of. */
export function lendBareTrees(cache: string): void {
  const trees = join(cache, 'reproman/store/trees');
  mkdirSync(trees, { recursive: true, mode: 0o700 });
  const names = existsSync(sharedTrees) ? readdirSync(sharedTrees) : [];
  for (const name of names) if (name.startsWith('bare-')) linkSync(join(sharedTrees, name), join(trees, name));
}

/** A Debian system in a folder of its own, for one test. */
export interface Root extends AsyncDisposable {
  readonly path: string;
  /** Runs a program inside, as root, and fails when it does. */
  inside(argv: readonly string[]): Promise<string>;
  try(argv: readonly string[]): Promise<RunResult>;
}

const bases = new Map<string, Promise<string>>();

/** A fresh copy of the base root (python3, gcc, the older of the two versions of jq that are offered), with `more`. */
export async function withRoot(...more: readonly string[]): Promise<Root> {
  const include = [...(await packages()), ...more];
  const key = include.join();
  const base = bases.get(key) ?? bootstrap(include);
  bases.set(key, base);
  const tar = await base;
  const path = await mkdtemp(join(tmpdir(), 'reproman-root-'));
  await must(['tar', '-C', path, '--numeric-owner', '-xpf', tar]);
  await must(['chmod', '0755', path]);
  const chroot = (argv: readonly string[]) => ['chroot', path, ...argv];
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };
  return {
    path,
    inside: (argv) => must(chroot(argv), { env }),
    try: (argv) => run(chroot(argv), { env }),
    [Symbol.asyncDispose]: async () => {
      await must(['rm', '-rf', '--one-file-system', path]);
    },
  };
}

async function packages(): Promise<string[]> {
  const [older] = await offeredVersions('jq');
  return ['python3', 'gcc', 'libc6-dev', `jq=${older}`, `libjq1=${older}`, 'gawk'];
}

/** Bootstraps from the machine's own sources. */
async function bootstrap(include: readonly string[]): Promise<string> {
  const sources = await sourceFiles();
  const contents = sources.map((file) => readFileSync(file, 'utf8'));
  const how = ['--variant=apt', `--include=${include.join(',')}`, '--skip=cleanup/apt/lists'];
  const suite = await codename();
  return keptToday('root', [include, contents], (tar) => must([...mmdebstrap, ...how, suite, tar, ...sources]));
}

/** An archive that is old or new to this machine's clock is as good. */
export const mmdebstrap = [
  ...['mmdebstrap', '--aptopt=Acquire::Check-Valid-Until "false"'],
  '--aptopt=Acquire::Check-Date "false"',
];

/** A tar that takes long to make, kept for the day, so that a second run of the tests is quick. */
export async function keptToday(
  kind: string,
  madeFrom: unknown,
  make: (tar: string) => Promise<unknown>,
): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(madeFrom)).digest('hex').slice(0, 16);
  const ofToday = `${kind}-${new Date().toISOString().slice(0, 10)}-`;
  mkdirSync(sharedFolder, { recursive: true, mode: 0o755 });
  const tar = join(sharedFolder, `${ofToday}${key}.tar`);
  const makeOnce = async () => {
    if (existsSync(tar)) return;
    for (const name of readdirSync(sharedFolder)) {
      if (name.startsWith(`${kind}-`) && !name.startsWith(ofToday)) rmSync(join(sharedFolder, name));
    }
    const partial = `${tar}.${process.pid}.tar`;
    await make(partial);
    renameSync(partial, tar);
  };
  // Files of tests run side by side.
  await withLock(`${tar}.lock`, makeOnce, { patience: 600_000 });
  return tar;
}
