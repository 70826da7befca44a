import type { Numbers } from './columns.js';
import type { FilesystemTrie } from './trie.js';
import { hashLength, known, textFields } from './value-columns.js';

const none = -1;

/** Columns of values whose numbers mean what they say. */
export const numberColumns = ['knows', 'types', 'modes', 'uids', 'gids', 'sizes', 'mtimes'] as const;

/** What a file says of a trie in JSON: its environments by the number of their tags, and what each tells of itself. */
export interface Environments {
  readonly collapseRepeats?: boolean;
  readonly environments: readonly { readonly tag: string; readonly facts?: unknown }[];
}

/**
 * A trie as sections of a file: places in the order of their paths, with labels, sets and texts numbered as they are met,
 * so that nothing shows how the trie came about. Numbers have the low byte first.
 */
export function packTrie(trie: FilesystemTrie, facts: ReadonlyMap<string, unknown>): Map<string, Uint8Array> {
  const order = trie.inPathOrder();
  const rows: number[] = [];
  const valueCounts = new Uint32Array(order.length);
  for (const [at, node] of order.entries()) valueCounts[at] = addRows(trie, node, rows);
  const sets = new Numbering([0]);
  const nodeSets = Int32Array.from(order, (node) => sets.of(trie.setOf(node)));
  const valueSets = Int32Array.from(rows, (row) => sets.of(trie.rowSet(row)));
  const environments: Environments = {
    ...(trie.collapsesRepeats && { collapseRepeats: true }),
    environments: trie.allTags.map((tag) => ({ tag, ...(facts.has(tag) && { facts: facts.get(tag) }) })),
  };
  return new Map<string, Uint8Array>([
    ['environments', jsonBytes(environments)],
    ...packPlaces(trie, order),
    ...columns({ sets: nodeSets, counts: Uint32Array.from(order, (node) => trie.countOf(node)) }),
    ...columns({ valueCounts, valueSets, ...packSets(trie, sets.numbers) }),
    ...packValues(trie, rows),
  ]);
}

/** The values of a place, in the order of the first environment that has each: no two have the same one. */
function addRows(trie: FilesystemTrie, node: number, rows: number[]): number {
  const before = rows.length;
  for (let row = trie.firstRow(node); row !== none; row = trie.nextRow(row)) {
    if (trie.rowSet(row) !== 0) rows.push(row);
  }
  if (rows.length - before < 2) return rows.length - before;
  const first = (row: number) => trie.tagSets.tags(trie.rowSet(row))[0] ?? 0;
  rows.push(...rows.splice(before).sort((a, b) => first(a) - first(b)));
  return rows.length - before;
}

function packPlaces(trie: FilesystemTrie, order: Int32Array): [string, Uint8Array][] {
  const labels = new Numbering();
  const places = new Int32Array(trie.nodeCount);
  const parents = new Int32Array(order.length).fill(none);
  const names = new Int32Array(order.length);
  for (const [at, node] of order.entries()) {
    places[node] = at;
    if (node !== trie.root) parents[at] = places[trie.parentOf(node)] ?? none;
    names[at] = labels.of(trie.labelOf(node));
  }
  const texts = labels.numbers.map((label) => Buffer.from(trie.labels.text(label)));
  let end = 0;
  const labelEnds = Int32Array.from(texts, ({ length }) => (end += length));
  return [['labels', Buffer.concat(texts)], ...columns({ labelEnds, parents, names })];
}

function packSets(trie: FilesystemTrie, sets: readonly number[]): { setEnds: Int32Array; setTags: Int32Array } {
  const tags = sets.map((set) => trie.tagSets.tags(set));
  let end = 0;
  return { setEnds: Int32Array.from(tags, ({ length }) => (end += length)), setTags: Int32Array.from(tags.flat()) };
}

/** A column that no row needs is empty; hashes are there only of rows that have one. */
function packValues({ values }: FilesystemTrie, rows: readonly number[]): [string, Uint8Array][] {
  const { columns: all, texts } = values.view();
  const numbers = numberColumns.map((name) => {
    const column = all[name];
    const packed = new (column.constructor as new (length: number) => Numbers)(rows.length);
    for (const [at, row] of rows.entries()) packed[at] = column[row] ?? 0;
    return [name, packed.some((number) => number !== 0) ? packed : packed.subarray(0, 0)] as const;
  });
  const used = new Numbering();
  const texted = textFields.map((field) => {
    const column = new Int32Array(rows.length);
    let isUsed = false;
    for (const [at, row] of rows.entries()) {
      if ((values.known(row) & known[field]) === 0) continue;
      column[at] = used.of(all[field][row] ?? 0);
      isUsed = true;
    }
    return [field, isUsed ? column : column.subarray(0, 0)] as const;
  });
  const hashed = rows.filter((row) => (values.known(row) & known.hash) !== 0);
  const hashes = new Uint8Array(hashed.length * hashLength);
  for (const [at, row] of hashed.entries()) {
    hashes.set(all.hashes.subarray(row * hashLength, (row + 1) * hashLength), at * hashLength);
  }
  const strings = used.numbers.map((text) => texts.text(text));
  return [...columns(Object.fromEntries([...numbers, ...texted])), ['hashes', hashes], ['texts', jsonBytes(strings)]];
}

function columns(named: Readonly<Record<string, Numbers>>): [string, Uint8Array][] {
  return Object.entries(named).map(([name, { buffer, byteOffset, byteLength }]) => [
    name,
    new Uint8Array(buffer, byteOffset, byteLength),
  ]);
}

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** New numbers for old ones, in the order in which they are met. */
class Numbering {
  private readonly byOld: number[] = [];
  readonly numbers: number[] = [];

  constructor(first: readonly number[] = []) {
    for (const old of first) this.of(old);
  }

  of(old: number): number {
    const known = this.byOld[old];
    if (known !== undefined) return known;
    const number = this.numbers.push(old) - 1;
    this.byOld[old] = number;
    return number;
  }
}
