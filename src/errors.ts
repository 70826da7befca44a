/**
 * What went wrong from the user's side; decides the exit code (see `src/cli/exit-codes.ts`).
 * `usage`: invalid input or spec; `not-ready`: a tool, engine or permission is missing; `step-failed`: a step on a
 * machine failed; `not-rebuildable`: an artifact cannot be had exactly; `not-proved`: the proof found differences.
 */
export type ErrorKind = 'usage' | 'not-ready' | 'step-failed' | 'not-rebuildable' | 'not-proved';

export interface ErrorDetails {
  /** Where it happened: file:line:column, a package, a URL. */
  readonly where?: string;
  /** What the user can do about it, as one sentence or a command. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The one error that is meant for the user: one paragraph that says what happened, where, and what to do. */
export class ReproError extends Error {
  override readonly name = 'ReproError';
  readonly kind: ErrorKind;
  readonly where: string | undefined;
  readonly remedy: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.where = details.where;
    this.remedy = details.remedy;
  }
}

/** The message of anything that was thrown, for use inside a longer sentence. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system error code (`ENOENT`, `EACCES`, ...) of anything that was thrown, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}

/**
 * What failed first: where something failed and then its clean-up, too, as when an engine ends in the middle of a build,
 * `using` throws a SuppressedError with both (https://github.com/tc39/proposal-explicit-resource-management).
 */
export function firstFailure<E>(error: E): E {
  if (!(error instanceof Error) || error.name !== 'SuppressedError' || !('suppressed' in error)) return error;
  return firstFailure(error.suppressed as E);
}
