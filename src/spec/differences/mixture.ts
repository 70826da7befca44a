import { canonicalJson } from '../../hash.js';
import type { LockHalf } from '../../model/lock-half.js';
import { placeFields } from '../../model/lock-half.js';
import type { Lock, Manifest } from '../document/schema.js';
import { mergeHalves } from '../merge/halves.js';
import type { Difference } from './between.js';
import { type Locked, partsOf, type SpecPart } from './parts.js';

/** A spec between two: the manifest without its distributions' halves, and the locks of these. */
export interface Mixture {
  readonly manifest: Manifest;
  readonly halves: readonly LockHalf[];
  /** Whether the run's conditions, with all that was recorded of it, are the second spec's. */
  readonly runsOfOther: boolean;
}

/** The first spec with some of what the second has differently. */
export function mixtureOf(one: Locked, other: Locked, chosen: readonly Difference[]): Mixture {
  const keys = new Set(chosen.map(({ key }) => key));
  const [before, after] = [partsOf(one), partsOf(other)];
  const order = [...new Set([...before.keys(), ...after.keys()])];
  const parts = order.flatMap((key) => (keys.has(key) ? after : before).get(key) ?? []);
  const isKind =
    <K extends SpecPart['kind']>(kind: K) =>
    (part: SpecPart): part is SpecPart & { kind: K } =>
      part.kind === kind;
  const [base] = parts.filter(isKind('base'));
  const [runs] = parts.filter(isKind('runs'));
  const absent = parts.filter(isKind('absent')).map(({ value }) => value);
  const steps = parts.filter(isKind('step')).map(({ value }) => value);
  const { absent: _absent, steps: _steps, ...rest } = one.manifest;
  const variables = Object.fromEntries(parts.filter(isKind('variable')).map(({ name, value }) => [name, value]));
  return {
    manifest: {
      ...rest,
      base: base?.value ?? rest.base,
      files: parts.filter(isKind('file')).map(({ value }) => value),
      runs: (runs?.value ?? rest.runs).map((run, at) => (at === 0 ? { ...run, environment: variables } : run)),
      ...(absent.length > 0 && { absent }),
      ...(steps.length > 0 && { steps: inOrderOf(other.manifest, steps) }),
    },
    halves: halvesOf(parts, one.lock, other.lock),
    runsOfOther: chosen.some(({ kind }) => kind === 'runs'),
  };
}

/** Steps that the second spec has are done in its order, after those that only the first has. */
function inOrderOf({ steps: wanted = [] }: Manifest, steps: NonNullable<Manifest['steps']>) {
  const place = new Map(wanted.map(({ id }, at) => [id, at]));
  return steps.toSorted((a, b) => (place.get(a.id) ?? -1) - (place.get(b.id) ?? -1));
}

/** A distribution is there where something of it is: its settings, or one of its packages. */
function halvesOf(parts: readonly SpecPart[], one: Lock, other: Lock): LockHalf[] {
  return mergeHalves(one.distributions, other.distributions).flatMap(({ name }) => {
    const both = [one, other].flatMap(({ distributions }) => distributions.find((half) => half.name === name) ?? []);
    const packages = parts.flatMap((part) => (part.kind === 'package' && part.of === name ? part.value : []));
    const own = parts.find((part) => part.kind === 'settings' && part.of === name);
    const settings = own?.kind === 'settings' ? own.value : packages.length > 0 ? both[0] : undefined;
    if (settings === undefined) return [];
    return [{ ...settings, ...placesOf(both), ...(settings.packages && { packages }) }];
  });
}

/** Wherever either had packages from: those of a mixture are from both. */
function placesOf(halves: readonly LockHalf[]): Readonly<Record<string, readonly unknown[]>> {
  const known = placeFields.flatMap((field) => {
    const items = halves.flatMap((half) => (Array.isArray(half[field]) ? (half[field] as unknown[]) : []));
    const byId = new Map(items.map((item) => [idOf(item), item]));
    return items.length > 0 ? [[field, [...byId.values()]] as const] : [];
  });
  return Object.fromEntries(known);
}

function idOf(item: unknown): string {
  const { id } = (item ?? {}) as { readonly id?: unknown };
  return typeof id === 'string' ? id : canonicalJson(item);
}
