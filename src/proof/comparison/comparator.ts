import { reasonOf } from '../../errors.js';
import type { Comparator, ComparatorName, ComparatorParameters } from '../../spec/document/comparators.js';
import { type Difference, Differences } from './differences.js';

/** What a comparator found out. Where a content cannot be looked into it is never equal. */
export type Comparison =
  | { readonly verdict: 'equal' }
  | { readonly verdict: 'different'; readonly differences: readonly Difference[]; readonly count: number }
  | { readonly verdict: 'unproved'; readonly why: string };

/** What the comparators of one comparison share. */
export interface ComparisonContext {
  readonly budget: Budget;
  /** Compares what is inside of a content, and reports under its place. Throws what makes the whole unproved. */
  compare(expected: Buffer, found: Buffer, comparator: Comparator, report: Differences, place: string): Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** One kind of content: how it is read, and what of it must be the same. */
export interface Format<Name extends ComparatorName, Model> {
  readonly name: Name;
  /** For people: what may differ in equal contents. */
  readonly allows: string;
  /** Whether to try it, only to suggest it: by the first bytes, and by the name where these say nothing. */
  readonly recognizes?: (content: Buffer, path: string) => boolean;
  /** Throws where a content is not of this kind; {@link CannotTell} where that is not the content's fault. */
  readonly read: (
    content: Buffer,
    parameters: ComparatorParameters[Name],
    context: ComparisonContext,
  ) => Model | Promise<Model>;
  readonly compare: (
    expected: Model,
    found: Model,
    parameters: ComparatorParameters[Name],
    report: Differences,
    context: ComparisonContext,
  ) => void | Promise<void>;
}

/** One kind of content as the registry has it. */
export interface ContentComparator<Name extends ComparatorName = ComparatorName> {
  readonly name: Name;
  readonly allows: string;
  recognizes(content: Buffer, path: string): boolean;
  compare(
    expected: Buffer,
    found: Buffer,
    parameters: ComparatorParameters[Name],
    context: ComparisonContext,
  ): Promise<Comparison>;
}

/** Thrown where nothing can be said of a content: it is too large, or of a kind that is not read here. */
export class CannotTell extends Error {}

/** How much may be unpacked in one comparison, whatever is in it: a small file may stand for any size. */
export const unpackedLimit = 512 * 1024 * 1024;

export class Budget {
  #left = unpackedLimit;

  get left(): number {
    return this.#left;
  }

  /** To be asked before so many bytes are made. */
  take(size: number): void {
    if (!(size >= 0 && size <= this.#left)) throw tooLarge();
    this.#left -= size;
  }
}

export function tooLarge(): CannotTell {
  return new CannotTell(`more than ${unpackedLimit / 1024 / 1024} MiB would have to be unpacked`);
}

/** Makes a comparator of a format; whatever is thrown becomes a verdict. */
export function comparator<Name extends ComparatorName, Model>(format: Format<Name, Model>): ContentComparator<Name> {
  return {
    name: format.name,
    allows: format.allows,
    recognizes: (content, path) => format.recognizes?.(content, path) ?? false,
    compare: (expected, found, parameters, context) =>
      guarded(context, () => compareAs(format, expected, found, parameters, context)),
  };
}

async function compareAs<Name extends ComparatorName, Model>(
  format: Format<Name, Model>,
  expected: Buffer,
  found: Buffer,
  parameters: ComparatorParameters[Name],
  context: ComparisonContext,
): Promise<Comparison> {
  const before = await attempt(() => format.read(expected, parameters, context));
  if ('failure' in before) {
    return { verdict: 'unproved', why: `the original cannot be read as ${format.name}: ${before.failure}` };
  }
  const after = await attempt(() => format.read(found, parameters, context));
  if ('failure' in after) {
    const difference = { at: 'the whole', expected: format.name, found: `it cannot be read: ${after.failure}` };
    return { verdict: 'different', differences: [difference], count: 1 };
  }
  const report = new Differences();
  await format.compare(before.model, after.model, parameters, report, context);
  if (report.count === 0) return { verdict: 'equal' };
  return { verdict: 'different', differences: report.first, count: report.count };
}

async function guarded(context: ComparisonContext, compare: () => Promise<Comparison>): Promise<Comparison> {
  try {
    return await compare();
  } catch (error) {
    context.signal?.throwIfAborted();
    return { verdict: 'unproved', why: describeFailure(error) };
  }
}

async function attempt<Model>(read: () => Model | Promise<Model>) {
  try {
    return { model: await read() };
  } catch (error) {
    if (error instanceof CannotTell) throw error;
    return { failure: describeFailure(error) };
  }
}

/** A reader that runs past the end of a buffer has been given a part of a file. */
function describeFailure(error: unknown): string {
  return error instanceof RangeError ? 'it ends too early, or a length in it is wrong' : reasonOf(error);
}
