// What tracing costs: each workload traced and untraced, in pairs one right after the other, the tracers shuffled in
// each round; medians of the ratios of pairs. Peers are strace, strace with its own filter, and
// ReproZip’s tracer. `--full` takes more rounds and the slow peers; `--only WORD` the workloads with that word. Exits 2
// when a target is missed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTracer } from '../src/tracing/native/build.js';
import { type Candidate, candidates, filteredStrace } from './trace/tracers.js';
import { type Workload, workloads } from './trace/workloads.js';

/** How much of the filtered strace’s overhead ours may be, where that is more than the noise of a run. */
const share = 0.5;
const noise = 0.05;

const { values } = parseArgs({
  options: { full: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' } },
});
const rounds = Number(values.rounds ?? (values.full ? 9 : 3));

await main();

async function main(): Promise<void> {
  const built = await buildTracer();
  if ('missing' in built) throw new Error(built.missing);
  const tracers = candidates(built.program, values.full ?? false);
  const folder = mkdtempSync(join(tmpdir(), 'reproman-bench-'));
  try {
    console.log(row('', ['untraced', ...tracers.map(({ name }) => name), 'target']));
    for (const workload of workloads.filter(({ name }) => name.includes(values.only ?? ''))) {
      const own = join(folder, String(workloads.indexOf(workload)));
      mkdirSync(own);
      workload.prepare?.(own);
      judge(workload, measure(workload, tracers, own));
      rmSync(own, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly untraced: number;
  /** Median ratio by tracer; missing where it cannot trace the workload. */
  readonly ratios: ReadonlyMap<Candidate, number | undefined>;
}

function measure(workload: Workload, tracers: readonly Candidate[], folder: string): Measured {
  const untraced: number[] = [];
  const ratios = new Map<Candidate, number[] | undefined>(tracers.map((tracer) => [tracer, []]));
  seconds(workload, workload.argv, folder);
  for (let round = 0; round < rounds; round++) {
    for (const tracer of shuffled(tracers)) {
      const command = tracer.isSlow ? (workload.small ?? workload.argv) : workload.argv;
      const plain = seconds(workload, command, folder);
      const traced = seconds(workload, tracer.argv(folder, command), folder);
      if (plain === undefined) throw new Error(`${workload.name} does not run here`);
      if (command === workload.argv) untraced.push(plain);
      if (traced === undefined) ratios.set(tracer, undefined);
      else ratios.get(tracer)?.push(traced / plain);
    }
  }
  const medians = [...ratios].map(([tracer, all]) => [tracer, all && median(all)] as const);
  return { untraced: median(untraced), ratios: new Map(medians) };
}

/** The target holds for the fastest layer of ours that this kernel has: the one that is taken. */
function judge({ name, target }: Workload, { untraced, ratios }: Measured): void {
  const shown = [...ratios.values()].map((ratio) => ratio?.toFixed(2) ?? 'fails');
  const best = Math.min(...[...ratios].map(([{ isOwn }, ratio]) => (isOwn ? (ratio ?? Infinity) : Infinity)));
  const peer = (ratios.get(filteredStrace) ?? Number.NaN) - 1;
  const misses = [
    ...(best <= target ? [] : [`${best.toFixed(2)} is over ${target}`]),
    ...(peer < noise || best - 1 < peer * share
      ? []
      : [`not under ${share} of the overhead of ${filteredStrace.name}`]),
  ];
  console.log(row(name, [`${untraced.toFixed(2)} s`, ...shown, `${target}`]), misses.length === 0 ? 'met' : 'MISSED');
  for (const miss of misses) console.log(`  ${miss}`);
  if (misses.length > 0) process.exitCode = 2;
}

/** Undefined where it fails. */
function seconds(workload: Workload, argv: readonly string[], folder: string): number | undefined {
  workload.reset?.(folder);
  const [program = '', ...rest] = argv;
  const start = performance.now();
  const { status } = spawnSync(program, rest, { cwd: folder, stdio: 'ignore' });
  return status === 0 ? (performance.now() - start) / 1000 : undefined;
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
