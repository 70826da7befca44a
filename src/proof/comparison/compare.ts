import { type Comparator, comparatorOf, comparatorParameters } from '../../spec/document/comparators.js';
import { comparators } from '../comparators/registry.js';
import { Budget, CannotTell, type Comparison, type ComparisonContext, type ContentComparator } from './comparator.js';

/** Compares the output of two runs. */
export async function compareContents(
  expected: Buffer,
  found: Buffer,
  comparator: Comparator,
  signal?: AbortSignal,
): Promise<Comparison> {
  return compareIn(contextOf(signal), expected, found, comparator);
}

function contextOf(signal: AbortSignal | undefined): ComparisonContext {
  const context: ComparisonContext = {
    budget: new Budget(),
    signal,
    async compare(expected, found, comparator, report, place) {
      const comparison = await compareIn(context, expected, found, comparator);
      if (comparison.verdict === 'unproved') throw new CannotTell(`${place}: ${comparison.why}`);
      if (comparison.verdict === 'different') {
        report.addWithin(place, { first: [...comparison.differences], count: comparison.count });
      }
    },
  };
  return context;
}

async function compareIn(
  context: ComparisonContext,
  expected: Buffer,
  found: Buffer,
  comparator: Comparator,
): Promise<Comparison> {
  context.signal?.throwIfAborted();
  const { name, parameters } = comparatorOf(comparator);
  const module: ContentComparator = await comparators[name]();
  return module.compare(expected, found, comparatorParameters[name].parse(parameters), context);
}

/** What may differ in contents that a comparator calls equal, for people. */
export async function allowedBy(comparator: Comparator): Promise<string> {
  return (await comparators[comparatorOf(comparator).name]()).allows;
}

/** How a comparator is named in a report. */
export function describeComparator(comparator: Comparator): string {
  const { name, parameters } = comparatorOf(comparator);
  const { absolute, relative, ...others } = parameters as { absolute?: number; relative?: number };
  const tolerances = [
    ...(absolute === undefined ? [] : [`${absolute} absolute`]),
    ...(relative === undefined ? [] : [`${relative} relative`]),
  ];
  const within = tolerances.length > 0 ? ` within ${tolerances.join(' or ')}` : '';
  const told = Object.entries(others).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return `${name}${within}${told.length > 0 ? ` (${told.join(', ')})` : ''}`;
}
