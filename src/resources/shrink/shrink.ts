import { join } from 'node:path';
import { ReproError } from '../../errors.js';
import type { Access } from '../../model/access.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { RerunReport, TreeProof } from '../../proof/proof.js';
import { recordedRuns } from '../../proof/verify.js';
import { scratchFolder } from '../../scratch.js';
import type { LockedSpecification } from '../../spec/specification.js';
import type { Placed } from '../place.js';
import { chooseFiles, choosePackages } from './choose.js';
import { type FullTree, readTree, type TreeSize } from './full-tree.js';
import { keptPaths, listedIn, missingFrom } from './keep.js';
import { writeShrunk } from './write.js';

type Seen = (accesses: readonly Access[]) => void;

export interface ShrinkOptions {
  readonly spec: LockedSpecification;
  /** The environment as it is now. */
  readonly full: Placed;
  readonly output: string;
  /** Keep only files, and not whole packages. */
  readonly files: boolean;
  /** Makes what was shrunk, for as long as it is not disposed of. */
  readonly place: (spec: LockedSpecification) => Promise<Placed & AsyncDisposable>;
  readonly rerun: (place: Placed, spec: LockedSpecification, seen: Seen) => Promise<RerunReport[]>;
  readonly prove: (place: Placed, spec: LockedSpecification) => Promise<TreeProof | undefined>;
  readonly tell: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface Shrunk {
  /** The spec that was written. */
  readonly spec: string;
  readonly before: TreeSize;
  readonly after: TreeSize;
  /** Packages that are not in it any more, as `name version (distribution)`. */
  readonly dropped: readonly string[];
  /** What was not known to be used until it was missing. */
  readonly putBack: readonly string[];
  readonly tree: TreeProof | undefined;
  readonly reruns: readonly RerunReport[];
}

/** So often is put back what was missing; each time brings to light what comes after it. */
const patience = 5;

/**
 * Writes a spec with only what its runs used, after building it and running them again: what is missing then is put
 * back, and nothing is written where they do not come out as before.
 */
export async function shrink(options: ShrinkOptions): Promise<Shrunk> {
  const { spec, full, output, files, place, rerun, prove, tell, signal } = options;
  const accesses = await recordedAccesses(spec);
  refuseBroken(await rerun(full, spec, (seen) => accesses.push(...seen)), 'in the whole environment');
  const tree = await readTree(full, signal);
  const choose = files ? chooseFiles : choosePackages;
  const putBack: FilePath[] = [];
  await using scratch = await scratchFolder('shrink');
  for (let round = 1; ; round++) {
    const chosen = await choose({ spec, full, tree, accesses, putBack, warn: tell, signal });
    const isKept = (path: FilePath) => chosen.only?.paths.has(path) ?? true;
    const shrunk = { spec, ...chosen };
    const draft = await writeShrunk(join(scratch.path, 'environment.yml'), { ...shrunk, isLeft: isKept });
    await using small = await place(draft);
    const seen: Access[] = [];
    const reruns = await rerun(small, draft, (more) => seen.push(...more));
    const after = await readTree(small, signal);
    if (reruns.every(isAsBefore)) {
      const used = keptPaths(tree, pathsOf(accesses));
      const isLeft = (path: FilePath) => after.paths.has(path) || used.has(path);
      const proof = await prove(small, await writeShrunk(output, { ...shrunk, isLeft }));
      return {
        ...{ spec: output, before: sizeOf(tree), after: sizeOf(after), dropped: chosen.dropped },
        ...{ putBack: putBack.map(showPath), tree: proof, reruns },
      };
    }
    const missing = missingIn(after, tree, seen);
    if (missing.length === 0 || round === patience) refuseBroken(reruns, 'with only what it used');
    for (const path of missing) tell(`${showPath(path)} was missing, and is put back`);
    putBack.push(...missing);
  }
}

/** What was asked for by its name; where that is all there, what may have been seen in a folder. */
function missingIn({ paths }: FullTree, tree: FullTree, seen: readonly Access[]): FilePath[] {
  const asked = missingFrom(paths, tree, seen);
  return asked.length > 0 ? asked : listedIn(tree, seen).filter((path) => !paths.has(path));
}

async function recordedAccesses(spec: LockedSpecification): Promise<Access[]> {
  const runs = await recordedRuns(spec);
  if (runs.length > 0 && runs.length === spec.manifest.runs.length) return runs.flatMap(({ trace }) => trace.accesses);
  throw new ReproError('usage', 'what its runs use is not known: they were not all traced', {
    where: spec.file,
    remedy: 'create it, and trace a command there with reproman trace --resource NAME -- COMMAND',
  });
}

/** It ended as on the origin, and left the same. Which other files it looked at on the way is told, and no more. */
function isAsBefore({ started, exit, outputs }: RerunReport): boolean {
  const fine = new Set(['equal', 'varies', 'ignored']);
  return started && exit?.verdict === 'equal' && outputs.every(({ verdict }) => fine.has(verdict));
}

function refuseBroken(reruns: readonly RerunReport[], where: string): void {
  const broken = reruns.find((report) => !isAsBefore(report));
  if (!broken) return;
  const { run, reason, exit, outputs } = broken;
  const [output] = outputs.filter(({ verdict }) => verdict !== 'equal');
  const ended = exit?.verdict === 'equal' ? undefined : exit && `${exit.found} instead of ${exit.expected}`;
  const why = reason ?? ended ?? (output ? `${output.path} is ${output.verdict}` : 'it did not start');
  throw new ReproError('not-proved', `the run ${run} does not come out as it was traced ${where}: ${why}`, {
    remedy: 'see what differs with reproman create --rerun; nothing was written',
  });
}

function pathsOf(accesses: readonly Access[]): FilePath[] {
  return accesses.flatMap(({ path, resolved }) => (resolved === undefined ? [path] : [path, resolved]));
}

function sizeOf({ files, size, tar }: FullTree): TreeSize {
  return { files, size, tar };
}
