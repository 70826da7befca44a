import { comparePaths } from '../model/file-path.js';
import { containmentEvidence, isOfOneLine } from './evidence/containment.js';
import { areSiblings, declaredBase, declaredEvidence, detailOf } from './evidence/declared.js';
import { type Certainty, certainties, compareEvidence, type Evidence } from './evidence/evidence.js';
import { layerEvidence, layerRelation, layersExclude } from './evidence/layers.js';
import { packageRelation, systemEvidence, systemsExclude } from './evidence/system.js';
import type { Overlap } from './overlap.js';
import type { Managers } from './packages/managers.js';
import { isCalled, type Subject } from './subjects.js';

/** That one was made from another, and why. */
export interface Verdict extends Evidence {
  readonly parent: string;
  readonly child: string;
  readonly certainty: Certainty;
}

export interface LineageInput {
  readonly subjects: readonly Subject[];
  readonly overlap: Overlap;
  readonly managers: Managers;
  /** Whether what annotations and recipes say counts; without, what is found can be held against it. Default: yes. */
  readonly declarations?: boolean;
}

export interface Lineage {
  /** All that are known: the sources, and images that they name as their bases. */
  readonly names: readonly string[];
  /** Of `names` those that are no source, but only named by some. */
  readonly named: readonly string[];
  /** The nearest parents of each: none that follows from two others. */
  readonly verdicts: readonly Verdict[];
  /** One parent of each that has any: that of the strongest evidence. */
  readonly parents: ReadonlyMap<string, Verdict>;
  /** Sources that are one image under several names. */
  readonly same: readonly (readonly string[])[];
}

/** Who was made from whom. What is found does not depend on the order of the sources. */
export function lineageOf(input: LineageInput): Lineage {
  const subjects = [...input.subjects].sort((a, b) => comparePaths(a.name, b.name));
  const found = subjects.flatMap((child) => subjects.flatMap((parent) => verdictOf(parent, child, input) ?? []));
  const named = input.declarations === false ? [] : namedBases(subjects, found);
  const acyclic = withoutCycles([...besideDeclared(found), ...named]);
  const verdicts = reduced(acyclic);
  const names = new Set([
    ...subjects.map(({ name }) => name),
    ...acyclic.flatMap(({ parent, child }) => [parent, child]),
  ]);
  const known = new Set(subjects.map(({ name }) => name));
  return {
    names: [...names].sort(comparePaths),
    named: [...names].filter((name) => !known.has(name)).sort(comparePaths),
    verdicts,
    parents: strongest(verdicts, input.overlap),
    same: sameImages(subjects),
  };
}

/** The first class that says anything. */
export function verdictOf(parent: Subject, child: Subject, input: LineageInput): Verdict | undefined {
  if (parent === child) return undefined;
  const evidence = evidenceOf(parent, child, input);
  return evidence && verdict(parent.name, child.name, evidence);
}

function evidenceOf(parent: Subject, child: Subject, input: LineageInput): Evidence | undefined {
  const { overlap, managers, declarations = true } = input;
  const proof = layerEvidence(parent, child);
  if (proof) return proof;
  const said = declarations ? declaredEvidence(parent, child) : undefined;
  if (said) return said;
  if (layerRelation(parent, child) === 'same' || layersExclude(parent, child)) return undefined;
  if (declarations && areSiblings(parent, child)) return undefined;
  const packages = packageRelation(parent, child, managers);
  if (systemsExclude(parent, child, packages)) return undefined;
  const all = input.subjects.map(({ name }) => name);
  const byPackages = systemEvidence(parent, child, packages);
  const hasFiles = overlap.shared(parent.name) > 0 && overlap.shared(child.name) > 0;
  if (byPackages && (!hasFiles || isOfOneLine(parent.name, child.name, overlap, all))) return byPackages;
  return containmentEvidence(parent.name, child.name, overlap, all);
}

/**
 * Bases that are declared and are no source. What else a child was made from, its declared base was made from as well:
 * each has one line of parents, and the declared one is the nearest.
 */
function namedBases(subjects: readonly Subject[], found: readonly Verdict[]): Verdict[] {
  return subjects.flatMap((child) => {
    const declared = declaredBase(child);
    if (!declared || subjects.some((each) => declared.images.some((image) => isCalled(each, image)))) return [];
    const { evidence, text } = declared;
    const through = found
      .filter((each) => each.child === child.name)
      .map((each) => ({
        ...each,
        child: text,
        detail: `${each.detail} (as ${child.name} shows, which was made from it)`,
      }));
    return [verdict(text, child.name, { evidence, score: 1, detail: detailOf(declared) }), ...through];
  });
}

/** Where the declared base of a child is a source, what is only likely to be above the child must be above that base. */
function besideDeclared(found: readonly Verdict[]): Verdict[] {
  const pairs = new Set(found.map(({ parent, child }) => `${parent}\0${child}`));
  const declared = new Map<string, string[]>();
  for (const { certainty, child, parent } of found) {
    if (certainty === 'declared') declared.set(child, [...(declared.get(child) ?? []), parent]);
  }
  return found.filter(({ certainty, child, parent }) => {
    const bases = declared.get(child);
    return certainty !== 'likely' || !bases || bases.some((base) => pairs.has(`${parent}\0${base}`));
  });
}

function verdict(parent: string, child: string, { evidence, score, detail }: Evidence): Verdict {
  return { parent, child, evidence, certainty: certainties[evidence], score, detail };
}

/** The strongest first; one that would close a circle is dropped, and of several of one pair the weaker ones. */
function withoutCycles(verdicts: readonly Verdict[]): Verdict[] {
  const inOrder = [...verdicts].sort(
    (a, b) => compareEvidence(a, b) || comparePaths(a.child, b.child) || comparePaths(a.parent, b.parent),
  );
  const parents = new Map<string, Map<string, Verdict>>();
  for (const each of inOrder) {
    const known = parents.get(each.child) ?? new Map<string, Verdict>();
    if (known.has(each.parent) || isAbove(each.child, each.parent, parents)) continue;
    parents.set(each.child, known.set(each.parent, each));
  }
  return [...parents.values()].flatMap((each) => [...each.values()]);
}

/** Whether `one` is `other` or among those that it was made from. */
function isAbove(one: string, other: string, parents: ReadonlyMap<string, ReadonlyMap<string, unknown>>): boolean {
  const seen = new Set<string>();
  const pending = [other];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at === one) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    pending.push(...(parents.get(at)?.keys() ?? []));
  }
  return false;
}

/** Transitive reduction: who is above one of the other parents is no nearest parent. */
function reduced(verdicts: readonly Verdict[]): Verdict[] {
  const parents = new Map<string, Map<string, Verdict>>();
  for (const each of verdicts) {
    parents.set(each.child, (parents.get(each.child) ?? new Map()).set(each.parent, each));
  }
  const nearest = verdicts.filter(({ parent, child }) => {
    const others = [...(parents.get(child)?.keys() ?? [])].filter((other) => other !== parent);
    return !others.some((other) => isAbove(parent, other, parents));
  });
  return nearest.sort((a, b) => comparePaths(a.child, b.child) || comparePaths(a.parent, b.parent));
}

/** Of equal evidence the larger one is nearer. */
function strongest(verdicts: readonly Verdict[], overlap: Overlap): Map<string, Verdict> {
  const best = new Map<string, Verdict>();
  for (const each of verdicts) {
    const other = best.get(each.child);
    const order = other === undefined ? -1 : compareEvidence(each, other);
    const isLarger = order === 0 && overlap.shared(each.parent) > overlap.shared(other?.parent ?? '');
    if (order < 0 || isLarger) best.set(each.child, each);
  }
  return best;
}

function sameImages(subjects: readonly Subject[]): string[][] {
  const groups: Subject[][] = [];
  for (const subject of subjects) {
    const group = groups.find(([first]) => first && layerRelation(first, subject) === 'same');
    if (group) group.push(subject);
    else groups.push([subject]);
  }
  return groups.filter((group) => group.length > 1).map((group) => group.map(({ name }) => name));
}
