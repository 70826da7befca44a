import { canonicalJson } from '../../hash.js';
import type { LockedPackage } from '../../model/lock-half.js';
import { isSamePart, type Locked, partsOf, type SpecPart, settingsIn } from './parts.js';

/** One thing that two specs have differently: of one that only one has, the other side is undefined. */
export interface Difference {
  /** The same for the same thing of any two specs. */
  readonly key: string;
  readonly kind: SpecPart['kind'];
  readonly before: SpecPart | undefined;
  readonly after: SpecPart | undefined;
  /** For people: `jq 1.6-2.1 -> 1.7.1-3 (debian)`. */
  readonly text: string;
}

/** All that has to be changed of one spec to have the environment of the other. */
export function differencesBetween(one: Locked, other: Locked): Difference[] {
  const [before, after] = [partsOf(one), partsOf(other)];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)];
    const kind = (to ?? from)?.kind;
    if (kind === undefined || isSamePart(from, to)) return [];
    return [{ key, kind, before: from, after: to, text: describe(from, to) }];
  });
}

function describe(from: SpecPart | undefined, to: SpecPart | undefined): string {
  const part = to ?? from;
  if (part === undefined) return '';
  switch (part.kind) {
    case 'package':
      return `${nameOf(part.value)} ${move(versionsOf(from), versionsOf(to))} (${part.of})`;
    case 'base':
      return `the base ${move(baseOf(from), baseOf(to))}`;
    case 'variable':
      return `the variable ${part.name} ${move(variableOf(from), variableOf(to))}`;
    case 'settings':
      return from && to
        ? `what is set of ${part.of}: ${changedFields(from, to).join(', ')}`
        : `${part.of} ${happened(from, to)}`;
    case 'runs':
      return 'where, as whom and on what the command runs';
    case 'absent':
      return to ? `${part.value.path} taken away` : `${part.value.path} not taken away`;
    case 'file':
      return `the file ${part.value.path} ${happened(from, to)}`;
    case 'step':
      return `the step ${part.value.id} ${happened(from, to)}`;
  }
}

function move(from: string | undefined, to: string | undefined): string {
  if (from === undefined) return `${to} added`;
  if (to === undefined) return `${from} removed`;
  return from === to ? `${from}, another build of it` : `${from} -> ${to}`;
}

function happened(from: SpecPart | undefined, to: SpecPart | undefined): string {
  if (from === undefined) return 'added';
  return to === undefined ? 'removed' : 'changed';
}

function nameOf([first]: readonly LockedPackage[]): string {
  return first === undefined ? '' : `${first.name}${first.at === undefined ? '' : ` in ${first.at}`}`;
}

function versionsOf(part: SpecPart | undefined): string | undefined {
  return part?.kind === 'package' ? part.value.map(({ version }) => version).join(' and ') : undefined;
}

function baseOf(part: SpecPart | undefined): string | undefined {
  return part?.kind === 'base' ? `${part.value.distribution} ${part.value.release}` : undefined;
}

function variableOf(part: SpecPart | undefined): string | undefined {
  return part?.kind === 'variable' ? JSON.stringify(part.value) : undefined;
}

function changedFields(from: SpecPart | undefined, to: SpecPart | undefined): string[] {
  const [before, after] = [from, to].map((part) => (part?.kind === 'settings' ? settingsIn(part.value) : {}));
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return keys.filter((key) => canonicalJson(before?.[key] ?? null) !== canonicalJson(after?.[key] ?? null));
}
