import { ReproError } from '../../errors.js';
import { ddmin, type Outcome } from '../../planning/ddmin.js';
import { groupsOf } from '../../planning/together.js';
import { type Difference, differencesBetween } from '../../spec/differences/between.js';
import { mixtureOf } from '../../spec/differences/mixture.js';
import { fillersOf, type UnmetOf, unmetIn } from '../../spec/differences/unmet.js';
import type { LockedSpecification } from '../../spec/specification.js';
import type { VariantResult } from './memory.js';

/** One variant that was asked for. */
export interface Tested {
  /** What it has of the second spec. */
  readonly differences: readonly string[];
  readonly outcome: Outcome;
  readonly result: VariantResult;
  /** It was known from before. */
  readonly remembered: boolean;
  /** How many groups of differences may still be to blame after it. */
  readonly suspects: number;
}

export interface Bisection {
  /** The smallest set of differences that makes the test fail as it does with all of them. */
  readonly culprits: readonly string[];
  /** All that the specs have differently; those of a group can only be had together. */
  readonly groups: readonly (readonly string[])[];
  readonly tested: readonly Tested[];
}

export interface BisectOptions {
  readonly one: LockedSpecification;
  readonly other: LockedSpecification;
  /** What they are called, for messages. */
  readonly names: readonly [one: string, other: string];
  /** Builds the first spec with some differences of the second and tests it, or remembers. */
  readonly attempt: (chosen: readonly Difference[]) => Promise<{ result: VariantResult; remembered: boolean }>;
  readonly tell: (tested: Tested) => void;
}

/** The exit code by which a test says that it cannot tell, as with git bisect run. */
const cannotTell = 125;

/**
 * Finds the smallest set of differences between two specs that flips a test. A variant fails where the test ends there
 * as it does with the second spec: another way to fail says nothing of that one.
 */
export async function bisect({ one, other, names, attempt, tell }: BisectOptions): Promise<Bisection> {
  const differences = differencesBetween(one, other);
  if (differences.length === 0) throw cannotBisect(`${names[0]} and ${names[1]} describe the same environment`);
  const tested: Tested[] = [];
  const record = (chosen: readonly Difference[], more: Omit<Tested, 'differences'>): Outcome => {
    tested.push({ differences: chosen.map(({ text }) => text), ...more });
    tell({ differences: chosen.map(({ text }) => text), ...more });
    return more.outcome;
  };
  const unmetWith = (chosen: readonly Difference[]) => unmetIn(mixtureOf(one, other, chosen).halves);
  const known = new Set([...(await unmetWith([])), ...(await unmetWith(differences))].map(keyOf));
  const newlyUnmet = async (chosen: readonly Difference[]) =>
    (await unmetWith(chosen)).filter((each) => !known.has(keyOf(each)));
  const needs = new Map<Difference, Difference[]>();
  for (const each of differences) {
    needs.set(each, fillersOf(differences, await newlyUnmet([each])));
  }
  const groups = groupsOf(differences, (each) => needs.get(each) ?? []);

  const passing = await attempt([]);
  const atFirst = isExit(passing.result, 0);
  record([], { ...passing, outcome: atFirst ? 'passes' : 'unresolved', suspects: groups.length });
  if (!atFirst) throw cannotBisect(`the test does not pass in ${names[0]}: ${describeResult(passing.result)}`);
  const failing = await attempt(differences);
  const wanted = 'exit' in failing.result ? failing.result.exit : undefined;
  const flips = wanted !== undefined && wanted !== 0 && wanted !== cannotTell;
  record(differences, { ...failing, outcome: flips ? 'fails' : 'unresolved', suspects: groups.length });
  if (!flips) throw cannotBisect(`the test does not fail in ${names[1]}: ${describeResult(failing.result)}`);

  const culprits = await ddmin(groups, async (subset, suspects) => {
    const chosen = subset.flat();
    const [unmet] = await newlyUnmet(chosen);
    if (unmet) {
      const result = { unresolved: `${unmet.package} cannot be there without another ${unmet.needs.join(' or ')}` };
      return record(chosen, { outcome: 'unresolved', result, remembered: false, suspects });
    }
    const { result, remembered } = await attempt(chosen);
    const outcome = isExit(result, 0) ? 'passes' : isExit(result, wanted) ? 'fails' : 'unresolved';
    return record(chosen, { outcome, result, remembered, suspects });
  });
  return {
    culprits: culprits.flat().map(({ text }) => text),
    groups: groups.map((group) => group.map(({ text }) => text)),
    tested,
  };
}

function isExit(result: VariantResult, exit: number | 'timeout'): boolean {
  return 'exit' in result && result.exit === exit;
}

/** How a variant came out, in words. */
export function describeResult(result: VariantResult): string {
  if ('unresolved' in result) return result.unresolved;
  const how = result.exit === 'timeout' ? 'it was still running when its time was over' : `exit code ${result.exit}`;
  const [last = ''] = result.said.split('\n').slice(-1);
  return last === '' ? how : `${how} (${last})`;
}

function keyOf({ distribution, package: name, needs }: UnmetOf): string {
  return JSON.stringify([distribution, name, needs]);
}

function cannotBisect(message: string): ReproError {
  const remedy = 'give first a spec in which the test ends with 0, then one in which it does not';
  return new ReproError('not-proved', message, { remedy });
}
