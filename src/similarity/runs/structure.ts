import { waysOfUse } from '../../model/access.js';
import { type FilePath, isWithin } from '../../model/file-path.js';
import type { RecordedTrace } from '../../spec/specification.js';
import { alike, multisetOf } from '../multisets.js';

/** How alike two runs are in what they did, each number from 0 to 1. */
export interface Structure {
  /** The average of the others. */
  readonly score: number;
  /** Which files were used how, whoever used them: those that both did by all. */
  readonly files: number;
  /** The average over all programs of the files that each used; of a program that only one run had 0. */
  readonly programs: number;
  /** Which process started how many others, and these: whole trees that both have by all, whatever the programs are. */
  readonly processes: number;
}

/** By all traces of each: a run, or several that went one after the other. */
export function compareStructure(one: readonly RecordedTrace[], other: readonly RecordedTrace[]): Structure {
  const [a, b] = [usesOf(one), usesOf(other)];
  const files = alike(multisetOf(a.all), multisetOf(b.all));
  const programs = averageOver(a.byProgram, b.byProgram);
  const processes = alike(multisetOf(one.flatMap(treesOf)), multisetOf(other.flatMap(treesOf)));
  return { score: (files + programs + processes) / 3, files, programs, processes };
}

type ByProgram = ReadonlyMap<string, ReadonlySet<string>>;

function averageOver(one: ByProgram, other: ByProgram): number {
  const programs = new Set([...one.keys(), ...other.keys()]);
  let sum = 0;
  for (const program of programs) {
    const [a, b] = [one.get(program), other.get(program)];
    if (a && b) sum += alike(multisetOf(a), multisetOf(b));
  }
  return programs.size === 0 ? 1 : sum / programs.size;
}

function usesOf(traces: readonly RecordedTrace[]): { all: Set<string>; byProgram: Map<string, Set<string>> } {
  const all = new Set<string>();
  const byProgram = new Map<string, Set<string>>();
  for (const trace of traces) {
    const nameOf = namesIn(trace);
    for (const { path, uses, by = [] } of trace.accesses) {
      for (const way of waysOfUse(new Set(uses))) {
        const use = `${way} ${nameOf(path)}`;
        all.add(use);
        for (const [process] of by) {
          const program = trace.processes[process]?.executable;
          if (program === undefined) continue;
          const used = byProgram.get(nameOf(program)) ?? new Set();
          byProgram.set(nameOf(program), used.add(use));
        }
      }
    }
  }
  return { all, byProgram };
}

/**
 * What a path is called: below the folder that the run began in by its place there, and the program of the run itself,
 * where no package has it, by nothing else, so that a program that was built twice does the same twice.
 */
function namesIn({ conditions: { cwd }, processes: [first], accesses }: RecordedTrace): (path: FilePath) => string {
  const own = accesses.find(({ path }) => path === first?.executable);
  const program = own?.owner.state === 'loose' ? own.path : undefined;
  return (path) => {
    if (path === program) return '(the program)';
    return cwd !== '/' && isWithin(path, cwd) ? `.${path.slice(cwd.length)}` : path;
  };
}

/** Of each process the tree of those that it started. */
function treesOf({ processes }: RecordedTrace): string[] {
  const started = new Map<number | undefined, number[]>();
  for (const [at, { parent }] of processes.entries()) started.set(parent, [...(started.get(parent) ?? []), at]);
  const trees: string[] = [];
  // Who started another comes before it.
  const byProcess = new Map<number, string>();
  for (const [at, { pid }] of [...processes.entries()].reverse()) {
    const below = (started.get(pid) ?? []).map((child) => byProcess.get(child) ?? '').sort();
    const tree = `(${below.join('')})`;
    byProcess.set(at, tree);
    trees.push(tree);
  }
  return trees;
}
