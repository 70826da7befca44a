import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import { type Lineage, type LineageInput, lineageOf } from '../../src/lineage/lineage.js';
import { Overlap } from '../../src/lineage/overlap.js';
import { loadManagers } from '../../src/lineage/packages/managers.js';
import { subjectOf } from '../../src/lineage/subjects.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { PackageFact, SourceFacts } from '../../src/sources/facts.js';

/** A source as a test tells of it. */
export interface Told {
  readonly files?: readonly (string | PartialEntry)[];
  readonly facts?: SourceFacts;
}

export function file(path: string, content: string, more: Partial<PartialEntry> = {}): PartialEntry {
  const hash = Buffer.from(content).toString('hex').padEnd(64, '0').slice(0, 64);
  return { path: path as FilePath, type: 'file', size: content.length, hash, ...more };
}

export function trieOf(sources: Readonly<Record<string, Told>>): FilesystemTrie {
  const trie = new FilesystemTrie();
  for (const [name, { files = [] }] of Object.entries(sources)) {
    trie.addTag(name);
    for (const each of files) trie.insert(typeof each === 'string' ? { path: each as FilePath } : each, name);
  }
  return trie;
}

export async function inputOf(sources: Readonly<Record<string, Told>>): Promise<LineageInput> {
  const subjects = Object.entries(sources).map(([name, { facts = {} }]) => subjectOf(name, facts));
  return {
    subjects,
    overlap: new Overlap(trieOf(sources)),
    managers: await loadManagers(subjects.map(({ facts }) => facts)),
  };
}

export async function lineage(sources: Readonly<Record<string, Told>>): Promise<Lineage> {
  return lineageOf(await inputOf(sources));
}

/** `child < parent by evidence` of each that has a parent. */
export function arrows({ parents }: Lineage): string[] {
  return [...parents].map(([child, { parent, evidence }]) => `${child} < ${parent} by ${evidence}`).sort();
}

/** So many paths of a system. */
export function system(count: number, prefix = '/usr/lib/part'): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`);
}

export function debian(...packages: readonly string[]): PackageFact[] {
  return packages.map((each) => {
    const [name = '', version = '1'] = each.split('=');
    return { distribution: 'debian', name, version, architecture: 'amd64' };
  });
}

/** Digests of layers by small numbers. */
export function layers(...numbers: readonly number[]): { readonly layers: string[] } {
  return { layers: numbers.map((number) => `sha256:${number.toString(16).padStart(64, '0')}`) };
}
