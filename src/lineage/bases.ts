import { comparePaths } from '../model/file-path.js';
import { layersOf } from './evidence/layers.js';
import type { Lineage } from './lineage.js';
import type { Subject } from './subjects.js';

/** One that others were made from. */
export interface Base {
  readonly name: string;
  /** Made from it directly. */
  readonly children: number;
  /** Made from it at all. */
  readonly descendants: number;
  /** Whether nothing is known that it was made from. */
  readonly isRoot: boolean;
}

/** Layers that several images begin with, where no source is just these. */
export interface SharedLayers {
  readonly layers: number;
  readonly images: readonly string[];
}

/** The tree of parents, one each: children by parents, and those without a parent. */
export interface LineageTree {
  readonly roots: readonly string[];
  readonly children: ReadonlyMap<string, readonly string[]>;
}

export function treeOf({ names, parents }: Lineage): LineageTree {
  const children = new Map<string, string[]>();
  for (const name of names) {
    const parent = parents.get(name)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), name]);
  }
  return { roots: names.filter((name) => !parents.has(name)), children };
}

/** The most used first. */
export function basesOf(lineage: Lineage): Base[] {
  const { children } = treeOf(lineage);
  const below = (name: string): number =>
    (children.get(name) ?? []).reduce((count, child) => count + 1 + below(child), 0);
  return [...children]
    .map(([name, own]) => {
      return { name, children: own.length, descendants: below(name), isRoot: !lineage.parents.has(name) };
    })
    .sort((a, b) => b.descendants - a.descendants || b.children - a.children || comparePaths(a.name, b.name));
}

/** The longest beginnings that images share: they stand on a base that is not among the sources. */
export function unseenBases(subjects: readonly Subject[]): SharedLayers[] {
  const withLayers = [...subjects]
    .sort((a, b) => comparePaths(a.name, b.name))
    .filter((each) => layersOf(each).length > 0);
  const seen = new Set(withLayers.map((each) => layersOf(each).join()));
  const groups = new Map<string, Set<string>>();
  for (const [at, one] of withLayers.entries()) {
    for (const other of withLayers.slice(at + 1)) {
      const shared = commonBeginning(layersOf(one), layersOf(other));
      if (shared.length === 0 || seen.has(shared.join())) continue;
      const group = groups.get(shared.join()) ?? new Set();
      groups.set(shared.join(), group.add(one.name).add(other.name));
    }
  }
  return [...groups].map(([key, images]) => ({
    layers: key.split(',').length,
    images: [...images].sort(comparePaths),
  }));
}

function commonBeginning(one: readonly string[], other: readonly string[]): readonly string[] {
  const end = one.findIndex((layer, at) => layer !== other[at]);
  return end === -1 ? one : one.slice(0, end);
}
