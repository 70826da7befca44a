// Identifying 10,000 paths on a system of 1,000 packages, against reading the same database files once with `cat`, and
// against one `dpkg-query -S` of the same paths. The system is made of the package database of the machine that runs
// this, repeated under other names until it is large enough. Exits 1 when a target is missed.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { debian } from '../src/distributions/debian/index.js';
import { identify } from '../src/distributions/identify.js';
import { directoryMachine } from '../src/machines/directory.js';
import type { FilePath } from '../src/model/file-path.js';

const packageCount = 1000;
const pathCount = 10_000;
const rounds = 15;
const database = '/var/lib/dpkg';

interface Package {
  readonly stem: string;
  readonly stanza: string;
  readonly list: string;
  readonly md5sums: string;
}

await main();

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'reproman-bench-'));
  try {
    const paths = makeSystem(root);
    await using machine = await directoryMachine(root);
    const accesses = paths.map((path) => ({ path: path as FilePath, uses: ['read' as const] }));
    const files = [...(await machine.files.gather(debian.databases)).keys()].map((path) => root + path);
    const times = { identify: [] as number[], cat: [] as number[], query: [] as number[] };
    let cold = 0;
    for (let round = 0; round < rounds + 3; round++) {
      const own = await timed(() => identify(machine, accesses, { verify: false }));
      const cat = await timed(async () => run('cat', files));
      const query = await timed(async () => run('dpkg-query', ['-S', `--admindir=${root}${database}`, ...paths]));
      if (round === 0) cold = own;
      // The first rounds are the compiler's.
      if (round < 3) continue;
      times.identify.push(own);
      times.cat.push(cat);
      times.query.push(query);
    }
    const identification = await identify(machine, accesses, { verify: false });
    const owned = paths.filter((path) => identification.owners.get(path as FilePath)?.state === 'owned').length;
    const own = median(times.identify);
    const figures: [string, number, number][] = [
      ['cat of the same database files', median(times.cat), 3],
      ['one dpkg-query -S of the same paths', median(times.query), 1],
    ];
    console.log(`${owned} of ${paths.length} paths owned, ${packageCount} packages, ${files.length} database files`);
    console.log(`identify ${own.toFixed(1)} ms (the first time in a process ${cold.toFixed(1)} ms)`);
    for (const [name, peer, limit] of figures) {
      const isMet = own <= peer * limit;
      console.log(
        `${name} ${peer.toFixed(1)} ms: ratio ${(own / peer).toFixed(2)}, at most ${limit}: ${isMet ? 'met' : 'MISSED'}`,
      );
      if (!isMet) process.exitCode = 1;
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Writes the databases and, so that paths can be looked at, the sampled paths as empty files; returns those. */
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
  for (const directory of ['bin', 'sbin', 'lib', 'lib64']) mkdirSync(join(root, directory), { recursive: true });
  const sampled = samplePaths(packages);
  for (const path of sampled) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, '');
  }
  return sampled;
}

/** As a run uses files: many of each of its packages. Every eighth package, up to the number asked for. */
function samplePaths(packages: readonly Package[]): string[] {
  const sampled = new Set<string>();
  for (let index = 0; sampled.size < pathCount; index = index + 8 < packages.length ? index + 8 : (index % 8) + 1) {
    for (const [, path] of (packages[index]?.md5sums ?? '').matchAll(/^[0-9a-f]{32} {2}([!-~]+)$/gm)) {
      // What dpkg-query would take for a pattern is left out.
      if (path && !/[*?[\]\\]/.test(path) && sampled.size < pathCount) sampled.add(`/${path}`);
    }
  }
  return [...sampled];
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
    return [{ stem, stanza: stanza.trim(), list: read('list'), md5sums: read('md5sums') }];
  });
}

/** The same package under another name, its files in folders of their own. */
function renamed({ stem, stanza, list, md5sums }: Package, copy: number): Package {
  const [name = '', architecture] = stem.split(':');
  return {
    stem: `${name}-${copy}${architecture ? `:${architecture}` : ''}`,
    stanza: stanza.replace(/^Package: .*$/m, `Package: ${name}-${copy}`),
    list: list.replace(/^\/(usr|etc|var|bin|lib|sbin)\/(?=.)/gm, `/$1/copy${copy}/`),
    md5sums: md5sums.replace(/^([0-9a-f]{32} {2})(usr|etc|var|bin|lib|sbin)\//gm, `$1$2/copy${copy}/`),
  };
}

function run(command: string, args: readonly string[]): void {
  const nothing = openSync('/dev/null', 'w');
  try {
    const { error } = spawnSync(command, args, { stdio: ['ignore', nothing, nothing] });
    if (error) throw error;
  } finally {
    closeSync(nothing);
  }
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
