// What identification costs: whose 10,000 paths are on a system of 1,000 packages, from opening the package database to
// the owner of every path, against reading the same database files once with `cat`, and against one `dpkg-query -S` of
// the same paths. The system is made of the package database of the machine that runs this, repeated under other names
// until it is large enough; caches are warm on all sides. What starting a program takes is measured with `true` in the
// same round and taken off the peers, as identification starts none; the first identification of a process, which loads
// and compiles what it needs, is told beside it. What is measured is what `npm run build` made. `cat` reads the whole
// database, of which identification leaves out what packages recorded of their files: nothing is compared with that here.
// Exits 2 when a target is missed.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryAt } from '../src/machines/disk/entry.js';
import { createResolver } from '../src/machines/resolver.js';
import type { Access } from '../src/model/access.js';
import type { FilePath } from '../src/model/file-path.js';
import { built } from './shared/built.js';

const packageCount = 1000;
const pathCount = 10_000;
/** Of one package at most. */
const packageShare = 1000;
const rounds = 25;
/** The first rounds are the compiler's. */
const warmUps = 8;
const database = '/var/lib/dpkg';
const mergedFolders = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

interface Package {
  readonly stem: string;
  readonly stanza: string;
  readonly list: string;
  /** The list of the package on this machine that this one is a copy of. */
  readonly originals: string;
  readonly md5sums: string;
}

if (process.send) servePeers();
else await main();

async function main(): Promise<void> {
  const { debian } = await built<typeof import('../src/distributions/debian/index.js')>(
    'distributions/debian/index.js',
  );
  const { identify } = await built<typeof import('../src/identification/identify.js')>('identification/identify.js');
  const { directoryMachine } = await built<typeof import('../src/machines/directory.js')>('machines/directory.js');
  const root = mkdtempSync(join(tmpdir(), 'reproman-bench-'));
  try {
    const paths = makeSystem(root);
    await using machine = await directoryMachine(root);
    const accesses = accessesOf(paths, root);
    // The whole database, though what packages recorded of their files is read only to compare files with it.
    const globs = [...debian.databases, `${database}/info/*.md5sums`];
    const files = [...(await machine.files.gather(globs)).keys()].map((path) => root + path);
    using peers = startPeers({
      start: ['true'],
      cat: ['cat', ...files],
      query: ['dpkg-query', '-S', `--admindir=${root}${database}`, ...paths],
    });
    const measured: { own: number; cat: number; query: number }[] = [];
    let cold = 0;
    for (let round = 0; round < rounds + warmUps; round++) {
      // A reader of its own each time: nothing is kept from one round to the next.
      const own = await timed(() => identify(machine, accesses, { verify: false }));
      const start = await peers.time('start');
      const cat = (await peers.time('cat')) - start;
      const query = (await peers.time('query')) - start;
      if (round === 0) cold = own;
      if (round >= warmUps) measured.push({ own, cat, query });
    }
    const identification = await identify(machine, accesses, { verify: false });
    const owned = paths.filter((path) => identification.owners.get(path as FilePath)?.package).length;
    console.log(`${owned} of ${paths.length} paths owned, ${packageCount} packages, ${files.length} database files`);
    const own = median(measured.map((round) => round.own));
    console.log(`identify ${own.toFixed(1)} ms (the first time in a process ${cold.toFixed(1)} ms)`);
    report('cat of the same database files', 'cat', 3);
    report('one dpkg-query -S of the same paths', 'query', 1);

    function report(name: string, peer: 'cat' | 'query', limit: number): void {
      const ratio = median(measured.map((round) => round.own / round[peer]));
      const milliseconds = median(measured.map((round) => round[peer])).toFixed(1);
      const isMet = ratio <= limit;
      console.log(
        `${name} ${milliseconds} ms: ratio ${ratio.toFixed(2)}, at most ${limit}: ${isMet ? 'met' : 'MISSED'}`,
      );
      if (!isMet) process.exitCode = 2;
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Writes the databases and the sampled paths as they are on this machine, under merged /usr; returns those paths. */
function makeSystem(root: string): string[] {
  const real = readPackages();
  const packages = Array.from({ length: packageCount }, (_, index) => {
    const original = real[index % real.length] as Package;
    const copy = Math.floor(index / real.length);
    return copy === 0 ? original : renamed(original, copy);
  });
  const info = join(root, database, 'info');
  mkdirSync(info, { recursive: true });
  for (const { stem, list, md5sums } of packages) {
    writeFileSync(join(info, `${stem}.list`), list, 'latin1');
    writeFileSync(join(info, `${stem}.md5sums`), md5sums, 'latin1');
  }
  writeFileSync(join(info, 'format'), '1\n');
  writeFileSync(join(root, database, 'status'), packages.map(({ stanza }) => `${stanza}\n\n`).join(''), 'latin1');
  for (const name of mergedFolders) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  return samplePaths(packages, root);
}

/** As a run uses files: all of some packages (every eighth), now and then by the other spelling, and files of nobody. */
function samplePaths(packages: readonly Package[], root: string): string[] {
  const sampled = new Set<string>();
  const add = (path: string, original: string) => {
    makeEntry(root + path, original);
    sampled.add(sampled.size % 10 === 0 ? otherSpelling(path) : path);
    if (sampled.size % 20 !== 0) return;
    const unowned = `/home/user/project/series-${sampled.size % 25}/${sampled.size}.csv`;
    makeEntry(root + unowned, '');
    sampled.add(unowned);
  };
  for (let index = 0; sampled.size < pathCount; index = index + 8 < packages.length ? index + 8 : (index % 8) + 1) {
    const { list = '', originals = '' } = packages[index] ?? {};
    const lines = list.split('\n');
    // One package with very many files in one folder would make all the others count for nothing.
    const most = sampled.size + packageShare;
    for (const [at, original] of originals.split('\n').entries()) {
      const path = lines[at] ?? '';
      // What dpkg-query would take for a pattern is left out.
      if (/^\/[!-~]{2,}$/.test(path) && !/[*?[\]\\]/.test(path) && sampled.size < Math.min(most, pathCount))
        add(path, original);
    }
  }
  return [...sampled].slice(0, pathCount);
}

/** As a trace has them: with the place where a path ends up, when that is elsewhere. */
function accessesOf(paths: readonly string[], root: string): Access[] {
  const resolve = createResolver((path) => entryAt((root + path) as FilePath, path));
  return paths.map((each) => {
    const path = each as FilePath;
    const { path: resolved, end } = resolve(path);
    if (end !== 'found') return { path, uses: ['absent'] };
    return { path, ...(resolved === path ? {} : { resolved }), uses: ['read'] };
  });
}

/** A folder, a link or an empty file, as the original is. */
function makeEntry(place: string, original: string): void {
  const stats = original === '' ? undefined : lstatSync(original, { throwIfNoEntry: false });
  if (lstatSync(place, { throwIfNoEntry: false })) return;
  mkdirSync(stats?.isDirectory() ? place : dirname(place), { recursive: true });
  if (stats?.isSymbolicLink()) symlinkSync(readlinkSync(original), place);
  else if (!stats?.isDirectory()) writeFileSync(place, '');
}

function otherSpelling(path: string): string {
  const top = mergedFolders.find((name) => path.startsWith(`/${name}/`) || path.startsWith(`/usr/${name}/`));
  if (top === undefined) return path;
  return path.startsWith('/usr/') ? path.slice('/usr'.length) : `/usr${path}`;
}

function readPackages(): Package[] {
  const info = readdirSync(join(database, 'info'));
  const stanzas = readFileSync(join(database, 'status'), 'latin1').split('\n\n');
  return stanzas.flatMap((stanza) => {
    const name = /^Package: (.*)$/m.exec(stanza)?.[1];
    const architecture = /^Architecture: (.*)$/m.exec(stanza)?.[1];
    const stem = [`${name}:${architecture}`, `${name}`].find((each) => info.includes(`${each}.list`));
    if (!stem || !/^Status: install ok installed$/m.test(stanza)) return [];
    const read = (extension: string): string =>
      info.includes(`${stem}.${extension}`)
        ? readFileSync(join(database, 'info', `${stem}.${extension}`), 'latin1')
        : '';
    const list = read('list');
    return [{ stem, stanza: stanza.trim(), list, originals: list, md5sums: read('md5sums') }];
  });
}

/** The same package under another name, its files in folders of their own. */
function renamed({ stem, stanza, list, originals, md5sums }: Package, copy: number): Package {
  const [name = '', architecture] = stem.split(':');
  return {
    stem: `${name}-${copy}${architecture ? `:${architecture}` : ''}`,
    stanza: stanza.replace(/^Package: .*$/m, `Package: ${name}-${copy}`),
    originals,
    list: list.replace(/^\/(usr|etc|var|bin|lib|sbin)\/(?=.)/gm, `/$1/copy${copy}/`),
    md5sums: md5sums.replace(/^([0-9a-f]{32} {2})(usr|etc|var|bin|lib|sbin)\//gm, `$1$2/copy${copy}/`),
  };
}

type PeerName = 'start' | 'cat' | 'query';

/**
 * Peers are started by a process of their own: a fork leaves the memory of the one that forks write-protected, and the
 * next identification in it would pay for that.
 */
function startPeers(argvs: Readonly<Record<PeerName, readonly string[]>>) {
  const child = fork(fileURLToPath(import.meta.url));
  child.send(argvs);
  return {
    async time(name: PeerName): Promise<number> {
      child.send(name);
      const [milliseconds] = (await once(child, 'message')) as [number];
      return milliseconds;
    },
    [Symbol.dispose]: () => child.disconnect(),
  };
}

function servePeers(): void {
  let argvs: Readonly<Record<PeerName, readonly string[]>>;
  process.on('message', (message: typeof argvs | PeerName) => {
    if (typeof message !== 'string') {
      argvs = message;
      return;
    }
    const [command = '', ...args] = argvs[message];
    const start = performance.now();
    const { error } = spawnSync(command, args, { stdio: 'ignore' });
    if (error) throw error;
    process.send?.(performance.now() - start);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
