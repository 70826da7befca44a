import type { Access } from '../model/access.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { ManifestRun } from '../spec/document/schema.js';
import type { RecordedTrace } from '../spec/specification.js';
import { type Cause, isAtHand, isDifferent, type SuppliedInput, type TreeProof } from './proof.js';

/** What a difference between two runs proves, and why. */
export interface Blame {
  readonly verdict: 'different' | 'unproved';
  readonly cause: Cause;
  readonly why: string;
}

export interface BlameContext {
  readonly run: ManifestRun;
  readonly recorded: RecordedTrace | undefined;
  /** The proof of the environment's files, where it was made. */
  readonly tree: TreeProof | undefined;
  readonly inputs: readonly SuppliedInput[];
  /** A file that the run took away, so that nobody could put it back for the run here. */
  readonly gone?: FilePath | undefined;
}

/**
 * The reason why a run gave something else than on the origin. The environment is blamed only when one of its files
 * differs, or when the control on the origin (`--repeat`) shows that the command does not vary by itself.
 */
export function blame({ run, recorded, tree, inputs, gone }: BlameContext): Blame {
  const differing =
    tree &&
    [...tree.runs.flatMap(({ paths }) => paths), ...tree.snapshot.differences].find(
      (row) => isDifferent(row) && row.tolerated !== true,
    );
  if (differing) {
    return { verdict: 'different', cause: 'environment', why: `a file of the environment differs: ${differing.path}` };
  }
  const unsupplied = inputs.find((input) => !isAtHand(input) || input.verdict === 'made');
  if (unsupplied) {
    return { verdict: 'unproved', cause: 'not-recorded', why: `an input was not the same: ${unsupplied.path}` };
  }
  if (gone !== undefined) {
    const why = `the run removed or renamed ${showPath(gone)}, which was there before: what it held is not recorded`;
    return { verdict: 'unproved', cause: 'not-recorded', why };
  }
  const stdin = notRecordedStdin(run);
  if (stdin) return { verdict: 'unproved', cause: 'not-recorded', why: stdin };
  const service = recorded?.connections[0];
  if (service !== undefined) {
    return {
      verdict: 'unproved',
      cause: 'outside-service',
      why: `the run talked to a service outside the trace: ${service}`,
    };
  }
  if (recorded && isRepeated(recorded)) {
    return {
      verdict: 'different',
      cause: 'unknown',
      why: 'it did not vary when the command was repeated on the origin',
    };
  }
  const files = tree ? 'differs though every file it read is identical' : 'differs';
  return {
    verdict: 'unproved',
    cause: 'not-told-apart',
    why: `${files}: the program varies by itself or something outside the trace does; trace with --repeat 2 to tell`,
  };
}

/** What is said of a standard input that nobody kept. */
export function notRecordedStdin({ stdin }: ManifestRun): string | undefined {
  if (stdin === undefined || typeof stdin === 'object' || stdin === 'null' || stdin === 'closed') return undefined;
  return `what came through standard input (${stdin}) was not recorded; the command got an empty one`;
}

/** Whether the command ran more than once on the origin, so that what varies by itself is known. */
function isRepeated({ varying }: RecordedTrace): boolean {
  return (varying.runs ?? 1) > 1 || varying.accesses.length > 0 || varying.outputs.length > 0;
}

/** The first file that the run on the origin found and took away, and that the run here looked for in vain. */
export function missedFile(recorded: RecordedTrace | undefined, again: readonly Access[]): FilePath | undefined {
  const missed = new Set(again.filter(({ uses }) => uses.includes('absent')).map(({ path }) => path));
  return recorded?.accesses.find(
    ({ path, uses, before }) => before === 'unknown' && uses.includes('removed') && missed.has(path),
  )?.path;
}
