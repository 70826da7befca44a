import { ReproError, reasonOf } from '../errors.js';
import type { Machine, Shell } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { MadeEntry, ReplayStep } from '../model/plan.js';

/** What came of a step of the spec that was done again. */
export interface StepOutcome {
  readonly step: string;
  /** Whether the command ended as it did on the origin. */
  readonly done: boolean;
  /** Why it did not. */
  readonly why?: string;
  /** How many of the things that it makes came out as they were recorded. */
  readonly equal: number;
  /** What did not, and was put in place as it was. */
  readonly restored: readonly string[];
  /** What did not, and is as the step made it: the spec has not its content. */
  readonly other: readonly string[];
}

/** Whether a step came out the same with nothing done about it. */
export function isAsRecorded({ done, restored, other }: StepOutcome): boolean {
  return done && restored.length === 0 && other.length === 0;
}

export interface ReplayContext {
  readonly machine: Machine;
  readonly shell: Shell;
  readonly put: (entries: readonly MadeEntry['entry'][]) => Promise<void>;
  readonly remove: (paths: readonly FilePath[]) => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Does a step again and compares by hash what it leaves with what it left on the origin. What differs or is missing is
 * put in place from the spec, where that has it: the environment is the same then, and the outcome says how.
 */
export async function replay(step: ReplayStep, context: ReplayContext): Promise<StepOutcome> {
  const { machine, put, remove, signal } = context;
  const why = step.cannotRun ?? (await run(step, context));
  const found = new Map<FilePath, FileEntry>();
  const paths = step.makes.map(({ entry }) => entry.path);
  for await (const [path, entry] of machine.files.entries(paths, { hash: true, ...(signal && { signal }) }))
    if (entry) found.set(path, entry);
  const differing = step.makes.filter(({ entry }) => !isSame(entry, found.get(entry.path)));
  const restored = differing.filter(({ kept }) => kept).map(({ entry }) => entry);
  await remove(restored.flatMap(({ kind, path }) => (isOfOtherKind(kind, found.get(path)) ? [path] : [])));
  if (restored.length > 0) await put(restored);
  const named = (entries: readonly { readonly path: FilePath }[]) => entries.map(({ path }) => showPath(path));
  return {
    step: step.id,
    done: why === undefined,
    ...(why === undefined ? {} : { why }),
    equal: step.makes.length - differing.length,
    restored: named(restored),
    other: named(differing.flatMap(({ kept, entry }) => (kept ? [] : [entry]))),
  };
}

/** Why it did not end as it should; undefined: it did. */
async function run(step: ReplayStep, { shell, signal }: ReplayContext): Promise<string | undefined> {
  const { argv, cwd, environment, umask, user, exit: expected } = step;
  const isEmpty = Object.keys(environment).length === 0;
  const options = { cwd, umask, user, ...(isEmpty ? {} : { environment }), ...(signal && { signal }) };
  try {
    const { exit, stderr } = await shell.run(argv, options);
    if (exit.code === expected) return undefined;
    const last = stderr.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
    return `exit code ${exit.code}${last === '' ? '' : `, ${last}`}`;
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof ReproError ? error.message : reasonOf(error);
  }
}

const types = { write: 'file', directory: 'directory', link: 'symlink' } as const;

function isOfOtherKind(kind: MadeEntry['entry']['kind'], found: FileEntry | undefined): boolean {
  return found !== undefined && found.type !== types[kind];
}

function isSame(entry: MadeEntry['entry'], found: FileEntry | undefined): boolean {
  if (found?.type !== types[entry.kind] || found.uid !== entry.uid || found.gid !== entry.gid) return false;
  if (entry.kind === 'link') return found.target === entry.target;
  return found.mode === entry.mode && (entry.kind === 'directory' || found.hash === entry.content);
}

const shown = 3;

/** One sentence on a step for people. */
export function describeOutcome({ step, done, why, equal, restored, other }: StepOutcome): string {
  const list = (paths: readonly string[]) =>
    paths.slice(0, shown).join(', ') + (paths.length > shown ? ` and ${paths.length - shown} more` : '');
  const parts = [
    ...(restored.length > 0 ? [`put in place as recorded: ${list(restored)}`] : []),
    ...(other.length > 0 ? [`not as recorded, and its content is not in the spec: ${list(other)}`] : []),
  ];
  const as = `${equal} of ${equal + restored.length + other.length} files as recorded`;
  return `step ${step} ${done ? 'was done again' : `could not be done again (${why})`}: ${[as, ...parts].join('; ')}`;
}
