// `retrace` of 2,500 mixed paths and of all of /usr on this machine, against reading the databases that it needs once with
// cat and looking at the same paths with one find, and all of /usr against syft where that is (on PATH, or in the folder
// that SYFT_FOLDER names); the memory that it takes; and how many programs a machine that has only a shell is asked to
// run, for a few paths and for many. What is measured is what `npm run build` made. Exits 2 when a target is missed.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findProgram, spawnProcess } from '../src/exec.js';
import type { FileView, Machine, Shell } from '../src/machines/machine.js';
import { shellFileView } from '../src/machines/shell/files.js';
import { type FilePath, pathToBytes } from '../src/model/file-path.js';
import { built } from './shared/built.js';

const { lookAtKinds } = await built<typeof import('../src/identification/look-at.js')>('identification/look-at.js');
const { identifyPaths } = await built<typeof import('../src/identification/identify-paths.js')>(
  'identification/identify-paths.js',
);
const { localMachine } = await built<typeof import('../src/machines/local.js')>('machines/local.js');

const rounds = 9;
/** The first are the compiler's. */
const warmUps = 8;
const timesLimit = 3;
const memoryLimit = 500;
const mixedCount = 2500;
const questionCounts = [100, 10_000];
/** As many as there are kinds of databases and links behind links, however many paths and packages there are. */
const questionsLimit = 80;
/** What lstat tells, as a view over a shell asks for it. */
const format = '%y %m %U %G %s %T@\\0%p\\0%l\\0';

interface Case {
  readonly name: string;
  /** A folder that syft can look at as well. */
  readonly folder?: string;
  readonly paths: readonly FilePath[];
  /** The one `find` over the same paths. */
  readonly find: readonly string[];
}

interface Measured {
  readonly milliseconds: number;
  /** Peak resident memory, in MB. */
  readonly peak: number;
  readonly paths: number;
  readonly owned: number;
  readonly databases: readonly FilePath[];
}

if (process.send) await serve();
else await main();

async function main(): Promise<void> {
  for (const each of [mixed(mixedCount), all()]) {
    // Memory is that of one retrace in a process of its own; times are those of a process that is warm.
    const alone = await measured(each);
    const { milliseconds, cat, find } = await measuredInTurn(each, alone.databases);
    console.log(`${each.name}: ${alone.paths} paths, ${alone.owned} owned, ${alone.databases.length} database files`);
    report('time', milliseconds / (cat + find), timesLimit, [
      `${milliseconds.toFixed(0)} ms; cat ${cat.toFixed(0)} ms, find ${find.toFixed(0)} ms; the first time ${alone.milliseconds.toFixed(0)} ms; times`,
    ]);
    report('memory', alone.peak, memoryLimit, ['MB']);
    if (each.folder !== undefined) compareWithSyft(each.folder, alone.milliseconds);
  }
  await countQuestions();
}

/** Each starts anew: neither has anything to be warm from. */
function compareWithSyft(folder: string, own: number): void {
  const syft = findProgram('syft', process.env['SYFT_FOLDER']) ?? findProgram('syft');
  if (syft === undefined) {
    console.log('  syft: not found');
    return;
  }
  const start = performance.now();
  const { status } = spawnSync(syft, ['scan', `dir:${folder}`, '--quiet', '--output', 'json'], {
    env: { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: 'false' },
    stdio: 'ignore',
  });
  const taken = performance.now() - start;
  if (status !== 0) throw new Error(`syft ended with ${status}`);
  report('time', own / taken, 1, [`of what syft takes, ${own.toFixed(0)} of ${taken.toFixed(0)} ms`]);
}

/** Over ssh and in a container each program is a question and its answer on the way. */
async function countQuestions(): Promise<void> {
  await using here = await localMachine();
  for (const count of questionCounts) {
    let started = 0;
    const spawn: Shell['spawn'] = async (argv, options = {}) => {
      started++;
      return spawnProcess(argv, options);
    };
    const { paths } = await retrace({ ...here, files: shellFileView({ spawn }) }, mixed(count).paths);
    report('programs', started, questionsLimit, [`for ${paths.length} mixed paths through a shell`]);
  }
}

function report(what: string, value: number, limit: number, unit: readonly string[]): void {
  const isMet = value <= limit;
  console.log(`  ${what} ${value.toFixed(2)} ${unit.join(' ')}, at most ${limit}: ${isMet ? 'met' : 'MISSED'}`);
  if (!isMet) process.exitCode = 2;
}

function all(): Case {
  return {
    name: 'all of /usr',
    folder: '/usr',
    paths: ['/usr' as FilePath],
    find: ['find', '/usr', '-printf', format],
  };
}

/** Evenly from what is in the folders of packages, of settings, and of the user. */
function mixed(count: number): Case {
  const found = filesIn(['/usr', '/etc', '/var/lib', process.env['HOME'] ?? '/root']);
  const step = Math.max(1, Math.floor(found.length / count));
  const paths = found.filter((_, index) => index % step === 0).slice(0, count);
  return {
    name: 'mixed',
    paths,
    find: ['xargs', '-0', 'sh', '-c', `exec find "$@" -maxdepth 0 -printf '${format}'`, 'find'],
  };
}

function filesIn(folders: readonly string[]): FilePath[] {
  const { stdout } = spawnSync('find', [...folders, '-xdev', '!', '-type', 'd', '-print0'], {
    encoding: 'latin1',
    maxBuffer: 1 << 30,
  });
  return stdout.split('\0').slice(0, -1).sort() as FilePath[];
}

function peer(argv: readonly string[], names: readonly FilePath[]): number {
  const [program = '', ...args] = argv;
  const input = pathToBytes(names.map((name) => `${name}\0`).join('') as FilePath);
  const start = performance.now();
  spawnSync(program, args, { input, stdio: ['pipe', 'ignore', 'ignore'] });
  return performance.now() - start;
}

/** Each in turn, so that whatever else the machine does slows all three: medians. */
async function measuredInTurn(each: Case, databases: readonly FilePath[]) {
  const child = fork(fileURLToPath(import.meta.url));
  const round = async (): Promise<Measured> => {
    child.send(each.paths);
    const [result] = (await once(child, 'message')) as [Measured];
    return result;
  };
  for (let warmUp = 0; warmUp < warmUps; warmUp++) await round();
  const times = { retrace: [] as number[], cat: [] as number[], find: [] as number[] };
  for (let at = 0; at < rounds; at++) {
    times.cat.push(peer(['xargs', '-0', 'cat'], databases));
    times.find.push(peer(each.find, each.paths));
    times.retrace.push((await round()).milliseconds);
  }
  child.disconnect();
  return { milliseconds: median(times.retrace), cat: median(times.cat), find: median(times.find) };
}

async function measured({ paths }: Case): Promise<Measured> {
  const child = fork(fileURLToPath(import.meta.url));
  child.send(paths);
  const [result] = (await once(child, 'message')) as [Measured];
  child.disconnect();
  return result;
}

/** A retrace for each message, until the other end hangs up. */
async function serve(): Promise<void> {
  process.on('message', async (paths: FilePath[]) => {
    const databases = new Set<FilePath>();
    await using machine = await localMachine();
    const start = performance.now();
    const { paths: rows, classes } = await retrace(noted(machine, databases), paths);
    const milliseconds = performance.now() - start;
    const peak = process.resourceUsage().maxRSS / 1000;
    const { owned } = classes;
    process.send?.({ milliseconds, peak, paths: rows.length, owned, databases: [...databases] } satisfies Measured);
  });
}

async function retrace(machine: Machine, paths: readonly FilePath[]) {
  return identifyPaths(machine, await lookAtKinds(machine, paths), { verify: false });
}

/** A machine that notes whose contents are read. */
function noted(machine: Machine, read: Set<FilePath>): Machine {
  const { files } = machine;
  const noting: FileView = {
    ...files,
    async gather(...args) {
      const gathered = await files.gather(...args);
      for (const path of gathered.keys()) read.add(path);
      return gathered;
    },
    async *contents(...args) {
      for await (const each of files.contents(...args)) {
        read.add(each.path);
        yield each;
      }
    },
    read(path) {
      read.add(path);
      return files.read(path);
    },
  };
  return { ...machine, files: noting };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
