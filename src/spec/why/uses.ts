import type { Use } from '../../model/access.js';
import { baseName, type FilePath, showPath } from '../../model/file-path.js';
import type { AccessRecord, RecordedTrace, Specification } from '../specification.js';
import type { LockedPackage, Needs } from './needs.js';
import { chainOf, type ProgramChain } from './programs.js';

/** How one run used one path. */
export interface RecordedUse {
  /** Absent of a path that no run used, of a spec that `retrace` wrote. */
  readonly run?: string;
  /** As it was asked for. */
  readonly path: string;
  /** Where that led, when it is another path. */
  readonly resolved?: string;
  readonly uses: readonly Use[];
  /** The first few programs that used it, each with what it came from. */
  readonly by: readonly ProgramChain[];
}

/** All accesses that a spec has records of. */
export interface Records {
  readonly accesses: readonly AccessRecord[];
  describe(access: AccessRecord): RecordedUse;
}

/** Reads the traces of all steps and runs, or what `retrace` wrote. */
export async function readRecords(spec: Specification): Promise<Records> {
  const of = new Map<AccessRecord, { readonly run: string; readonly trace: RecordedTrace }>();
  const accesses: AccessRecord[] = [...(await spec.paths())];
  for (const { id } of [...(spec.manifest.steps ?? []), ...spec.manifest.runs]) {
    const trace = await spec.trace(id);
    for (const access of trace?.accesses ?? []) {
      accesses.push(access);
      if (trace) of.set(access, { run: id, trace });
    }
  }
  return {
    accesses,
    describe(access) {
      const { path, resolved, uses, by = [] } = access;
      const { run, trace } = of.get(access) ?? {};
      return {
        ...(run === undefined ? {} : { run }),
        path: showPath(path),
        ...(resolved === undefined ? {} : { resolved: showPath(resolved) }),
        uses,
        by: trace ? itselfFirst(path, distinct(by.map((program) => chainOf(trace, program)))) : [],
      };
    },
  };
}

/** A program is best told by its own run; others only looked at it. */
function itselfFirst(path: FilePath, chains: readonly ProgramChain[]): ProgramChain[] {
  const isItself = ([step]: ProgramChain) => baseName((step?.argv[0] ?? '') as FilePath) === baseName(path);
  return [...chains.filter(isItself), ...chains.filter((chain) => !isItself(chain))];
}

/** The same command line from the same origin says no more when it stands twice. */
function distinct(chains: readonly ProgramChain[]): ProgramChain[] {
  const known = chains.filter((chain) => chain.length > 0);
  return [...new Map(known.map((chain) => [JSON.stringify(chain), chain])).values()];
}

/** What was done, from the most to the least telling. */
const telling: readonly Use[] = ['executed', 'read', 'written', 'created', 'listed', 'examined', 'entered', 'removed'];

/** Accesses to files of a package, the most telling first. */
export function usesOfPackage(records: Records, wanted: LockedPackage, needs: Needs): AccessRecord[] {
  const isOf = ({ owner: { package: of } }: AccessRecord) =>
    of?.name === wanted.name && of.distribution === wanted.distribution && needs.named(of) === wanted;
  const rank = ({ uses }: AccessRecord) => telling.findIndex((use) => uses.includes(use));
  const found = records.accesses.filter((access) => isOf(access) && rank(access) >= 0);
  return found.sort((a, b) => rank(a) - rank(b));
}

/** Accesses by a path, or by one that led there. */
export function usesOfPath(records: Records, path: FilePath): AccessRecord[] {
  return records.accesses.filter(
    (access) => access.path === path || access.resolved === path || (access.owner.path === path && isThere(access)),
  );
}

/** Whether a run found anything there. */
export function isThere({ uses }: AccessRecord): boolean {
  return uses.some((use) => use !== 'absent');
}
