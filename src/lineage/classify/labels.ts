import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { comparePaths } from '../../model/file-path.js';
import { type PackageFact, packageText } from '../../sources/facts.js';
import type { Subject } from '../subjects.js';
import { type Programs, programsOf } from './programs.js';

/** Something that an image has on top of its base, and few bases have. */
export interface Label {
  readonly kind: 'package' | 'program';
  readonly name: string;
  readonly distribution?: string;
  readonly version?: string;
  /** TF-IDF over the bases: the fewer of them have it and the more programs it brings, the higher. */
  readonly weight: number;
}

export interface LabelInput {
  readonly trie: FilesystemTrie;
  readonly packages: (subject: Subject) => readonly PackageFact[];
  readonly corpus: readonly Subject[];
}

/** What belongs to other packages by its name says less of what an image is for. */
const partOfOthers = /^lib(?!re)|-(?:dev|devel|common|data|doc|dbg|locale|libs|config)$/;

/** Labels of what is in an image and not in its base, the most distinguishing first. */
export function labelsOf(image: Subject, base: Subject | undefined, input: LabelInput): Label[] {
  const { trie, packages, corpus } = input;
  const own = packages(image);
  const programs = programsOf(trie, image);
  const below = base === undefined ? new Set<string>() : keysOf(packages(base));
  const rarityOfPackage = rarityIn(corpus.map((each) => keysOf(packages(each))));
  const rarityOfProgram = rarityIn(corpus.map((each) => new Set(programsOf(trie, each).keys())));
  const labels = new Map<string, Label>();
  for (const each of own) {
    const { distribution, name, version } = each;
    if (below.has(keyOf(each))) continue;
    const brought = broughtBy(each, programs);
    const frequency = (1 + Math.log(1 + brought)) * (partOfOthers.test(name) ? 0.5 : 1);
    const weight = frequency * rarityOfPackage(keyOf(each));
    const label = { kind: 'package', name, distribution, ...(version && { version }), weight } as const;
    labels.set(keyOf(each), label);
  }
  const programsBelow: Programs = base === undefined ? new Map() : programsOf(trie, base);
  const names = new Set(own.map(({ name }) => name.toLowerCase()));
  for (const [name, owner] of programs) {
    if (owner !== undefined || programsBelow.has(name) || names.has(name.toLowerCase())) continue;
    labels.set(`\0${name}`, { kind: 'program', name, weight: rarityOfProgram(name) });
  }
  return [...labels.values()]
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || comparePaths(a.kind, b.kind) || comparePaths(a.name, b.name));
}

/** How many programs are of a package; where no owner is told, one that has its name. */
function broughtBy(each: PackageFact, programs: Programs): number {
  const text = packageText(each);
  let count = 0;
  for (const owner of programs.values()) if (owner === text) count++;
  return count > 0 ? count : Number(programs.has(each.name));
}

function rarityIn(documents: readonly ReadonlySet<string>[]): (item: string) => number {
  return (item) => {
    const having = documents.filter((document) => document.has(item)).length;
    return Math.log((2 + documents.length) / (1 + having));
  };
}

function keysOf(packages: readonly PackageFact[]): Set<string> {
  return new Set(packages.map(keyOf));
}

function keyOf({ distribution, name }: PackageFact): string {
  return `${distribution}\0${name}`;
}
