import type { Budget } from '../comparison/comparator.js';
import { type Differences, nothing } from '../comparison/differences.js';
import type { Tolerance } from '../comparison/tolerance.js';
import { isIgnored } from '../comparison/wildcard.js';
import type { NetCdf, NetCdfValues, NetCdfVariable } from './netcdf.js';
import { compareNumbers, indexIn } from './numeric-data.js';

export interface DataOptions extends Tolerance {
  readonly ignore?: readonly string[] | undefined;
}

interface Comparing {
  readonly options: DataOptions;
  readonly report: Differences;
  readonly budget: Budget;
}

/** Compares two classic netCDF files; places are named as in CDL: `temperature:units`, and `:history` of the whole. */
export function compareNetCdf(expected: NetCdf, found: NetCdf, comparing: Comparing): void {
  const { report } = comparing;
  for (const [name, one, other] of pairs(expected.dimensions, found.dimensions, comparing)) {
    if (one === other) continue;
    report.add(() => ({ at: `dimension ${name}`, expected: one ?? nothing, found: other ?? nothing }));
  }
  compareAttributes('', expected.attributes, found.attributes, comparing);
  for (const [name, one, other] of pairs(expected.variables, found.variables, comparing)) {
    if (one && other) compareVariables(name, one, other, comparing);
    else report.add(() => ({ at: `variable ${name}`, expected: describe(one), found: describe(other) }));
  }
}

function compareVariables(name: string, expected: NetCdfVariable, found: NetCdfVariable, comparing: Comparing): void {
  const { report, budget } = comparing;
  compareAttributes(name, expected.attributes, found.attributes, comparing);
  const [one, other] = [describe(expected), describe(found)];
  if (one !== other) {
    report.add(() => ({ at: `variable ${name}`, expected: one, found: other }));
    return;
  }
  const place = (at: number) => `${name}${expected.shape.length === 0 ? '' : indexIn(expected.shape, at)}`;
  compareValues(place, expected.values(budget), found.values(budget), comparing);
}

function compareAttributes(
  owner: string,
  expected: ReadonlyMap<string, NetCdfValues>,
  found: ReadonlyMap<string, NetCdfValues>,
  comparing: Comparing,
): void {
  for (const [name, one, other] of pairs(expected, found, comparing)) {
    const place = `${owner}:${name}`;
    if (isIgnored(place, comparing.options.ignore)) continue;
    if (one && other) {
      compareValues(() => place, one, other, comparing);
      continue;
    }
    const tell = (values: NetCdfValues | undefined) => (values ? 'a value' : nothing);
    comparing.report.add(() => ({ at: place, expected: tell(one), found: tell(other) }));
  }
}

function compareValues(
  place: (index: number) => string,
  expected: NetCdfValues,
  found: NetCdfValues,
  { options, report }: Comparing,
): void {
  if ('text' in expected || 'text' in found) {
    const [one, other] = [textOf(expected), textOf(found)];
    if (one === other) return;
    let at = 0;
    while (one !== undefined && other !== undefined && one[at] === other[at]) at++;
    const tell = (text: string | undefined) => (text === undefined ? 'numbers' : JSON.stringify(text));
    report.add(() => ({ at: place(at), expected: tell(one), found: tell(other) }));
    return;
  }
  if (expected.kind !== found.kind) {
    report.add(() => ({ at: place(0), expected: expected.kind, found: found.kind }));
    return;
  }
  compareNumbers(expected, found, options, place, report);
}

function textOf(values: NetCdfValues): string | undefined {
  return 'text' in values ? values.text.toString('latin1') : undefined;
}

function describe(variable: NetCdfVariable | undefined): string {
  if (variable === undefined) return nothing;
  return `(${variable.dimensions.map((name, at) => `${name} = ${variable.shape[at]}`).join(', ')})`;
}

function* pairs<Item>(
  expected: ReadonlyMap<string, Item>,
  found: ReadonlyMap<string, Item>,
  { options }: Comparing,
): Generator<readonly [string, Item | undefined, Item | undefined], void> {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    if (!isIgnored(name, options.ignore)) yield [name, expected.get(name), found.get(name)];
  }
}
