/** One thing worth telling about long work. A `stage` is begun, advanced any number of times, and ended. */
export type ProgressEvent =
  | { readonly kind: 'begin'; readonly stage: string; readonly total?: number; readonly unit?: ProgressUnit }
  | { readonly kind: 'advance'; readonly stage: string; readonly done: number; readonly total?: number }
  | { readonly kind: 'end'; readonly stage: string; readonly message?: string }
  | { readonly kind: 'note'; readonly message: string };

export type ProgressUnit = 'bytes' | 'files' | 'packages' | 'steps';

export type Progress = (event: ProgressEvent) => void;

export const silent: Progress = () => undefined;

/** Runs one stage of work between its `begin` and `end` events. */
export async function stage<T>(
  progress: Progress,
  name: string,
  work: (advance: (done: number, total?: number) => void) => Promise<T>,
  options: { readonly total?: number; readonly unit?: ProgressUnit; readonly summary?: (result: T) => string } = {},
): Promise<T> {
  const { total, unit, summary } = options;
  progress({ kind: 'begin', stage: name, ...(total === undefined ? {} : { total }), ...(unit ? { unit } : {}) });
  const result = await work((done, newTotal) =>
    progress({ kind: 'advance', stage: name, done, ...(newTotal === undefined ? {} : { total: newTotal }) }),
  );
  progress({ kind: 'end', stage: name, ...(summary ? { message: summary(result) } : {}) });
  return result;
}
