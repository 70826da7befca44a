// The exact matrix of 200 environments in one trie of 370,000 places against container-tree's loop over all pairs, of which
// one comparison is timed on a tree of as many nodes and multiplied; and a hundred images from their JSON lists to the
// clustered matrix, with all that `reproman matrix` does, against parsing the same lists, each in a process of its own: what
// is waited for, the quickest of some turns, as V8 compiles on another processor. The paths are those of this machine; the
// times of the loop are those of the processor. What is measured is what `npm run build` made.
// Exits 2 when a target is missed.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FilePath } from '../src/model/file-path.js';
import { built } from './shared/built.js';
import { containerTree } from './shared/container-tree.js';
import { median, report } from './shared/measure.js';
import { containerDiffJson, numbersFrom, pathsOfMachine, processorTime } from './shared/paths.js';

const environments = 200;
const placeCount = 370_000;
const images = 100;
/** Of 98 lists of real images that were published. */
const pathsOfImage = 18_000;
const dropped = 0.02;
const rounds = 5;
const turns = 5;
const loopFactor = 10_000;
const parsingLimit = 2;
const memoryLimit = 500;

interface Asked {
  readonly task: 'parse' | 'matrix';
  readonly lists: readonly string[];
}

interface Told {
  readonly milliseconds: number;
  readonly peak: number;
  readonly shown: string;
}

const folder = mkdtempSync(join(tmpdir(), 'reproman-bench-'));
try {
  await compareWithLoop();
  await compareWithParsing();
} finally {
  rmSync(folder, { recursive: true });
}

async function compareWithLoop(): Promise<void> {
  const { FilesystemTrie } = await built<typeof import('../src/filesystem/trie/trie.js')>('filesystem/trie/trie.js');
  const { featuresOf } = await built<typeof import('../src/similarity/features.js')>('similarity/features.js');
  const { countsOf, matrixOf } = await built<typeof import('../src/similarity/matrix.js')>('similarity/matrix.js');
  const paths = pathsOfMachine(placeCount);
  const trie = new FilesystemTrie();
  for (const [at, some] of chosen(paths, environments, placeCount / 20).entries()) {
    trie.insertAll(
      some.map((path) => ({ path: path as FilePath })),
      String(at),
    );
  }
  trie.insertAll(
    paths.map((path) => ({ path: path as FilePath })),
    '0',
  );
  const wanted = { level: 'path', entries: 'all', weighting: 'count' } as const;
  const times = Array.from(
    { length: rounds },
    () => processorTime(() => matrixOf(countsOf(featuresOf(trie, wanted), trie.tags), 'jaccard')).milliseconds,
  );
  const own = median(times);
  console.log(
    `${environments} x ${environments} over ${trie.nodeCount} places in ${trie.tagSets.size} groups: ${own.toFixed(0)} ms`,
  );
  const lists = [0, 1].map((at) => writeList(at, at === 0 ? paths : paths.slice(0, placeCount / 20)));
  const peer = containerTree(folder, lists);
  if (typeof peer === 'string') {
    console.log(peer);
    return;
  }
  const loop = peer.score * environments ** 2;
  const one = `one comparison over ${peer.count} nodes takes ${(peer.score * 1000).toFixed(0)} ms`;
  console.log(`container-tree: ${one}, so ${environments ** 2} of them ${loop.toFixed(0)} s`);
  report('  times as fast:', (loop * 1000) / own, { least: loopFactor });
}

async function compareWithParsing(): Promise<void> {
  const paths = pathsOfMachine(placeCount);
  const lists = chosen(paths, images, pathsOfImage).map((some, at) => writeList(at, some));
  const [parse, matrix] = await quickest({ task: 'parse', lists }, { task: 'matrix', lists });
  console.log(`${images} lists to a clustered matrix: ${matrix.milliseconds.toFixed(0)} ms, ${matrix.shown}`);
  console.log(`parsing their JSON: ${parse.milliseconds.toFixed(0)} ms, ${parse.shown}`);
  report('  of what parsing takes:', matrix.milliseconds / parse.milliseconds, { most: parsingLimit });
  report('  peak memory in MB:', matrix.peak, { most: memoryLimit });
}

/** Of each environment whole stretches of the paths, without some of them: half of it what all have, half its own. */
function chosen(paths: readonly string[], count: number, length: number): string[][] {
  const random = numbersFrom(3);
  const stretch = length / 8;
  return Array.from({ length: count }, () => {
    const starts = [0, 1, 2, 3].map((at) => at * stretch);
    for (let more = 0; more < 4; more++) starts.push(Math.floor(random() * (paths.length - stretch)));
    const found = new Set(starts.flatMap((start) => paths.slice(start, start + stretch)));
    return [...found].filter(() => random() >= dropped).sort();
  });
}

function writeList(at: number, paths: readonly string[]): string {
  const file = join(folder, `${at}.json`);
  writeFileSync(file, containerDiffJson(paths.map((Name) => ({ Name, Size: Name.length * 97 }))));
  return file;
}

/** Of each of two tasks the turn that took least; they take turns. */
async function quickest(one: Asked, other: Asked): Promise<readonly [Told, Told]> {
  let best: readonly [Told, Told] = [await measured(one), await measured(other)];
  for (let turn = 1; turn < turns; turn++) {
    const next = [await measured(one), await measured(other)] as const;
    best = [sooner(best[0], next[0]), sooner(best[1], next[1])];
  }
  return best;
}

function sooner(one: Told, other: Told): Told {
  return other.milliseconds < one.milliseconds ? other : one;
}

/** How long one waits for it in a process of its own, from the first list on. */
async function measured(asked: Asked): Promise<Told> {
  const child = fork(new URL('shared/lists.mjs', import.meta.url), { execArgv: [] });
  child.send(asked);
  const [told] = (await once(child, 'message')) as [Told];
  child.disconnect();
  return told;
}
