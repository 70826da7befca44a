// A trie of 500,000 paths, from their list to the trie and from the rows of it, against parsing the JSON list, and against
// container-tree on the same list where pip can install that; the file of a trie, and comparing two snapshots that agree in 99 %, against reading the file
// of one. The paths are those of this machine, and all figures are times of the processor. What is measured is what
// `npm run build` made. Exits 2 when a target is missed.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { EntryBatch } from '../src/filesystem/trie/entry-batch.js';
import type { FilesystemTrie } from '../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../src/filesystem/trie/values.js';
import type { FilePath } from '../src/model/file-path.js';
import { built } from './shared/built.js';
import { containerTree } from './shared/container-tree.js';
import { median, report } from './shared/measure.js';
import { containerDiffJson, numbersFrom, pathsOfMachine, processorTime } from './shared/paths.js';

const { FilesystemTrie: Trie } =
  await built<typeof import('../src/filesystem/trie/trie.js')>('filesystem/trie/trie.js');
const { openList } = await built<typeof import('../src/filesystem/lists/read.js')>('filesystem/lists/read.js');
const { packTrie } = await built<typeof import('../src/filesystem/trie/pack.js')>('filesystem/trie/pack.js');
const { unpackTrie } = await built<typeof import('../src/filesystem/trie/unpack.js')>('filesystem/trie/unpack.js');
const sections = await built<typeof import('../src/filesystem/trie/sections.js')>('filesystem/trie/sections.js');
const { differences } = await built<typeof import('../src/filesystem/trie/differences.js')>(
  'filesystem/trie/differences.js',
);

const pathCount = 500_000;
const chunkSize = 1 << 18;
const rounds = 5;
/** Of what parsing takes: all that the list takes, from its bytes to the trie, and its rows alone. */
const listLimit = 1.5;
const insertLimit = 0.5;
const peerFactor = 20;
const compareLimit = 0.1;
const changed = 0.01;

const folder = mkdtempSync(join(tmpdir(), 'reproman-bench-'));
try {
  const random = numbersFrom(1);
  const rows = pathsOfMachine(pathCount).map((Name) => ({ Name, Size: Math.floor(random() ** 4 * 1e6) }));
  const byPath = containerDiffJson(rows);
  const { parse, insert, whole } = await timesOf('sorted by path', byPath);
  report('  of what parsing takes:', whole / parse, { most: listLimit });
  report('  of what parsing takes, its rows alone:', insert / parse, { most: insertLimit });
  // As container-diff has it with --order: shown, and not what is asked for.
  await timesOf('sorted by size', containerDiffJson(rows.toSorted((a, b) => b.Size - a.Size)));
  compareWithPeer(byPath, whole);
  compareSnapshots(rows.map(({ Name }) => Name as FilePath));
} finally {
  rmSync(folder, { recursive: true });
}

/** The time that a list takes to be a trie; the rounds of all take turns. */
async function timesOf(order: string, text: string) {
  const bytes = Buffer.from(text);
  const times = { parse: [] as number[], insert: [] as number[], whole: [] as number[] };
  let nodes = 0;
  for (let round = 0; round < rounds; round++) {
    times.parse.push(processorTime(() => JSON.parse(bytes.toString())).milliseconds);
    const batches = await batchesOf(bytes);
    times.insert.push(processorTime(() => inserted(batches)).milliseconds);
    const before = process.cpuUsage();
    nodes = inserted(await batchesOf(bytes)).nodeCount;
    times.whole.push(process.cpuUsage(before).user / 1000);
  }
  const [parse, insert, whole] = [median(times.parse), median(times.insert), median(times.whole)];
  const alone = `of its rows alone ${shown(insert)}`;
  console.log(`${pathCount} paths ${order}: parsing ${shown(parse)}; ${nodes} places ${shown(whole)}, ${alone}`);
  return { parse, insert, whole };
}

/** A list as it comes from a file. */
async function batchesOf(bytes: Buffer): Promise<EntryBatch[]> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, at) =>
    bytes.subarray(at * chunkSize, (at + 1) * chunkSize),
  );
  const batches: EntryBatch[] = [];
  for await (const batch of openList(() => Readable.from(chunks), { where: 'the list' }).batches()) batches.push(batch);
  return batches;
}

function inserted(batches: readonly EntryBatch[]): FilesystemTrie {
  const trie = new Trie();
  for (const batch of batches) trie.insertAll(batch);
  return trie;
}

function compareWithPeer(text: string, own: number): void {
  const list = join(folder, 'list.json');
  writeFileSync(list, text);
  const peer = containerTree(folder, [list]);
  if (typeof peer === 'string') {
    console.log(peer);
    return;
  }
  const [seconds = 0] = peer.build;
  console.log(`container-tree: ${peer.count} nodes in ${shown(seconds * 1000)}`);
  report('  times as fast:', (seconds * 1000) / own, { least: peerFactor });
}

function compareSnapshots(paths: readonly FilePath[]): void {
  const random = numbersFrom(2);
  const one = paths.map((path, at) => entryOf(path, at, 0));
  const other = paths.map((path, at) => entryOf(path, at, random() < changed ? 1 : 0));
  const alone = new Trie();
  alone.insertAll(one, 'one');
  const file = join(folder, 'one.trie');
  const write = processorTime(() => writeFileSync(file, sections.packSections(packTrie(alone, new Map()))));
  const loads = Array.from({ length: rounds }, () => {
    const { milliseconds } = processorTime(() => unpackTrie(sections.unpackSections(readFileSync(file), file), file));
    return milliseconds;
  });
  const both: FilesystemTrie = new Trie();
  both.merge(alone);
  both.insertAll(other, 'other');
  const compares = Array.from(
    { length: rounds },
    () => processorTime(() => [...differences(both, 'one', 'other')].length).milliseconds,
  );
  const found = [...differences(both, 'one', 'other')].length;
  const size = (statSync(file).size / 1e6).toFixed(1);
  console.log(`a file of ${paths.length} entries with hashes, ${size} MB: written in ${shown(write.milliseconds)}`);
  console.log(
    `${found} differences of two of them found in ${shown(median(compares))}; read in ${shown(median(loads))}`,
  );
  report('  of what reading takes:', median(compares) / median(loads), { most: compareLimit });
}

/** Of the same `version` the same entry. */
function entryOf(path: FilePath, at: number, version: number): PartialEntry {
  const hash = Array.from({ length: 8 }, (_, part) =>
    (Math.imul(at + 1, 2654435761 + part * 40503 + version) >>> 0).toString(16).padStart(8, '0'),
  ).join('');
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, size: at % 65_536, mtime: 1.6e9 + (at % 9973), hash };
}

function shown(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`;
}
