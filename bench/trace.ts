// What tracing costs: each workload traced and untraced, in pairs one right after the other, the tracers shuffled in
// each round; medians of the ratios of pairs, and in brackets the ratio of the CPU time of all processes together, which
// neighbours on the machine disturb less. Peers are strace, strace with its own filter, and ReproZip’s tracer; the limit
// is what the stops cost by themselves. `--full` takes more rounds and the slow peers, `--only WORD` the workloads with
// that word. Exits 2 when a target is missed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildTracer } from '../src/tracing/native/build.js';
import { bareStops, type Candidate, candidates, filteredStrace } from './trace/tracers.js';
import { type Workload, workloads } from './trace/workloads.js';

/** How much of the filtered strace’s overhead ours may be, where that is more than the noise of a run. */
const share = 0.5;
const noise = 0.05;
const measuring = fileURLToPath(new URL('trace/measure.py', import.meta.url));

const { values } = parseArgs({
  options: { full: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' } },
});
const rounds = Number(values.rounds ?? (values.full ? 9 : 3));

await main();

async function main(): Promise<void> {
  const built = await buildTracer();
  if ('missing' in built) throw new Error(built.missing);
  const folder = mkdtempSync(join(tmpdir(), 'reproman-bench-'));
  try {
    const stops = bareStops(folder);
    const tracers = [...candidates(built.program, values.full ?? false), ...(stops ? [stops] : [])];
    console.log(row('', ['untraced', ...tracers.map(({ name }) => name), 'target']));
    for (const workload of workloads.filter(({ name }) => name.includes(values.only ?? ''))) {
      const own = join(folder, String(workloads.indexOf(workload)));
      mkdirSync(own);
      workload.prepare?.(own);
      judge(workload, measure(workload, tracers, own), stops);
      rmSync(own, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly untraced: number;
  /** By tracer; missing where it cannot trace the workload. */
  readonly ratios: ReadonlyMap<Candidate, Times | undefined>;
}

interface Times {
  readonly wall: number;
  readonly cpu: number;
}

interface Pair {
  readonly plain: Times;
  readonly traced: Times | undefined;
}

function measure(workload: Workload, tracers: readonly Candidate[], folder: string): Measured {
  const untraced: number[] = [];
  const pairs = new Map(tracers.map((tracer) => [tracer, [] as Pair[]]));
  timeOf(workload, workload.argv, folder);
  for (let round = 0; round < rounds; round++) {
    for (const tracer of shuffled(tracers)) {
      const command = tracer.isSlow ? (workload.small ?? workload.argv) : workload.argv;
      const plain = timeOf(workload, command, folder);
      if (plain === undefined) throw new Error(`${workload.name} does not run here`);
      if (command === workload.argv) untraced.push(plain.wall);
      pairs.get(tracer)?.push({ plain, traced: timeOf(workload, tracer.argv(folder, command), folder) });
    }
  }
  const ratios = [...pairs].map(([tracer, all]) => [tracer, ratioOf(all)] as const);
  return { untraced: median(untraced), ratios: new Map(ratios) };
}

function ratioOf(pairs: readonly Pair[]): Times | undefined {
  const whole = pairs.flatMap(({ plain, traced }) => (traced ? [{ plain, traced }] : []));
  if (whole.length < pairs.length) return undefined;
  const sum = (of: 'plain' | 'traced') => whole.reduce((total, pair) => total + pair[of].cpu, 0);
  return {
    wall: median(whole.map(({ plain, traced }) => traced.wall / plain.wall)),
    cpu: sum('traced') / sum('plain'),
  };
}

/** The target holds for the layer that is taken where nobody asks for one: the last of ours that this kernel has. */
function judge({ name, target }: Workload, { untraced, ratios }: Measured, stops: Candidate | undefined): void {
  const shown = [...ratios.values()].map((ratio) =>
    ratio ? `${ratio.wall.toFixed(2)} (${ratio.cpu.toFixed(2)})` : 'fails',
  );
  const own = [...ratios].findLast(([{ isOwn }]) => isOwn)?.[1]?.wall ?? Number.NaN;
  const peer = (ratios.get(filteredStrace)?.wall ?? Number.NaN) - 1;
  const misses = [
    ...(own <= target ? [] : [`${own.toFixed(2)} is over ${target}`]),
    ...(peer < noise || own - 1 < peer * share ? [] : [`not under ${share} of the overhead of ${filteredStrace.name}`]),
  ];
  console.log(row(name, [`${untraced.toFixed(2)} s`, ...shown, `${target}`]), misses.length === 0 ? 'met' : 'MISSED');
  for (const miss of misses) console.log(`  ${miss}`);
  const least = stops && ratios.get(stops)?.wall;
  if (misses.length > 0 && least)
    console.log(`  with the same stops and nothing done at them it takes ${least.toFixed(2)}`);
  if (misses.length > 0) process.exitCode = 2;
}

/** In seconds; undefined where it fails. */
function timeOf(workload: Workload, argv: readonly string[], folder: string): Times | undefined {
  workload.reset?.(folder);
  const { stdout } = spawnSync('/usr/bin/python3', [measuring, ...argv], { cwd: folder, encoding: 'utf8' });
  const { code, ...times } = JSON.parse(stdout) as Times & { readonly code: number };
  return code === 0 ? times : undefined;
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(26) + cells.map((cell) => cell.padStart(22)).join('');
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
