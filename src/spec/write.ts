import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { forEachConcurrently } from '../archives/concurrency.js';
import type { Contents } from '../archives/contents.js';
import type { StandIns } from '../archives/stand-ins.js';
import { codeOf } from '../errors.js';
import { type Sha256, sha256OfStream } from '../hash.js';
import type { LockHalf } from '../model/lock-half.js';
import { specsFile } from '../package-files.js';
import { isRunning } from '../process-identity.js';
import { halfDigest, manifestDigest, parseManifest } from './document/manifest.js';
import { manifestText } from './document/manifest-text.js';
import { type Lock, type Manifest, specVersion } from './document/schema.js';
import { folderContents } from './folder/contents.js';
import { linkOrCopy } from './folder/copy.js';
import { layoutOf, parts, type SpecLayout, temporaryName, tracePart } from './folder/layout.js';
import { listContents, lockText } from './folder/lock-file.js';
import { checkReplaceable, namesIn } from './folder/replaceable.js';
import { writeStandIns } from './folder/stand-ins.js';
import { accessLines, traceLines } from './folder/trace-file.js';
import type { AccessRecord, RecordedTrace } from './specification.js';

type Part = NonNullable<Lock['snapshot']>;
type LockedHalves = Pick<Lock, 'epoch' | 'distributions' | 'halves'>;

/** A spec that is being made: in a folder beside its place, seen by nobody until it is published. */
export interface SpecDraft extends AsyncDisposable {
  readonly contents: Contents;
  /** Takes over which of the wanted contents another spec's folder has. */
  takeContents(folder: string, wanted: ReadonlySet<Sha256>): Promise<void>;
  /** Takes over what another spec brings in the place of artifacts. */
  takeStandIns(standIns: StandIns): Promise<void>;
  /** Writes the snapshot: the bytes of the part, and how many entries they hold. */
  addSnapshot(write: (file: string) => Promise<number>): Promise<void>;
  addTrace(id: string, trace: RecordedTrace): Promise<void>;
  /** Of a spec without runs: whose its paths are. */
  addPaths(paths: readonly AccessRecord[]): Promise<void>;
  /** Puts manifest and folder in their places, in the stead of those that were there; returns the folder's bytes. */
  publish(manifest: Manifest, halves: readonly FinishedHalf[]): Promise<PublishedSpec>;
}

/** One distribution's exact half, and the newest date of its packages. */
export interface FinishedHalf {
  readonly lock: LockHalf;
  readonly epoch: number;
}

export interface PublishedSpec {
  readonly manifest: string;
  readonly folder: string;
  /** Of the folder, in bytes. */
  readonly size: number;
}

/** Begins a spec at `file`; refuses where something else than a spec is in the way. */
export async function draftSpecification(file: string): Promise<SpecDraft> {
  const layout = layoutOf(file);
  await checkReplaceable(file);
  await removeAbandoned(layout);
  const draft = temporaryName(layout.folder);
  await mkdir(join(draft, parts.contents), { recursive: true });
  await mkdir(join(draft, parts.traces));
  const traces: Record<string, Part> = {};
  let snapshot: Part | undefined;
  let paths: Part | undefined;
  const addLines = async (part: string, lines: Iterable<string>, entries: number): Promise<Part> => {
    await pipeline(Readable.from(lines), createGzip(), createWriteStream(join(draft, part)));
    return describePart(draft, part, entries);
  };
  return {
    contents: folderContents(join(draft, parts.contents)),
    async takeContents(folder, wanted) {
      const [there, here] = [await listContents(folder), await listContents(join(draft, parts.contents))];
      const missing = Object.keys(there).filter((hash) => wanted.has(hash) && !Object.hasOwn(here, hash));
      await forEachConcurrently(missing, 8, (hash) =>
        linkOrCopy(join(folder, hash), join(draft, parts.contents, hash)),
      );
    },
    takeStandIns: (standIns) => writeStandIns(draft, standIns),
    async addSnapshot(write) {
      const entries = await write(join(draft, parts.snapshot));
      snapshot = await describePart(draft, parts.snapshot, entries);
    },
    async addTrace(id, trace) {
      traces[id] = await addLines(tracePart(id), traceLines(trace), trace.accesses.length);
    },
    async addPaths(records) {
      paths = await addLines(parts.paths, accessLines(records), records.length);
    },
    async publish(manifest, halves) {
      const text = manifestText(manifest, `${basename(layout.folder)}/${parts.schema}`);
      await copyFile(specsFile(parts.schema), join(draft, parts.schema));
      const written = await parseManifest(text, basename(file));
      const contents = await listContents(join(draft, parts.contents));
      const lock: Lock = {
        version: specVersion,
        manifest: manifestDigest(written),
        ...lockedHalves(written, halves),
        ...(snapshot ? { snapshot } : {}),
        ...(paths ? { paths } : {}),
        traces,
        contents,
      };
      await writeFile(join(draft, parts.lock), lockText(lock));
      const size = await folderSize(draft, contents);
      await replace(layout, draft, text);
      return { manifest: layout.manifest, folder: layout.folder, size };
    },
    async [Symbol.asyncDispose]() {
      await rm(draft, { recursive: true, force: true });
    },
  };
}

function lockedHalves(manifest: Manifest, halves: readonly FinishedHalf[]): LockedHalves {
  const origins = halves.flatMap(({ lock: { name }, epoch }) => {
    const half = manifest.distributions.find((each) => each.name === name);
    return half ? [[name, { manifest: halfDigest(manifest, half), epoch }] as const] : [];
  });
  return {
    epoch: Math.max(0, ...halves.map((half) => half.epoch)),
    distributions: halves.map(({ lock }) => lock),
    halves: Object.fromEntries(origins),
  };
}

/** The manifest goes last: a lock of another manifest is noticed, a manifest of another folder would not be. */
async function replace(layout: SpecLayout, draft: string, text: string): Promise<void> {
  const before = temporaryName(layout.folder, 'before');
  const manifest = temporaryName(layout.manifest);
  try {
    await writeFile(manifest, text);
    const replaced = await moved(layout.folder, before);
    try {
      await rename(draft, layout.folder);
    } catch (error) {
      if (replaced) await rename(before, layout.folder);
      throw error;
    }
    await rename(manifest, layout.manifest);
  } finally {
    await rm(manifest, { force: true });
    await rm(before, { recursive: true, force: true });
  }
}

/** Removes what a killed process left of a spec of this name; a folder that it had moved aside and not replaced comes back. */
async function removeAbandoned({ folder, manifest }: SpecLayout): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const [, of, pid, what] = /^\.(.+)\.(\d+)-[0-9a-f]{8}\.(part|before)$/.exec(name) ?? [];
    const isOurs = of === basename(folder) || of === basename(manifest);
    if (!isOurs || isRunning(Number(pid))) continue;
    const left = join(dirname(folder), name);
    if (what === 'before' && (await namesIn(folder))?.length === 0) await rename(left, folder);
    else await rm(left, { recursive: true, force: true });
  }
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function describePart(folder: string, file: string, entries: number): Promise<Part> {
  const { hash } = await sha256OfStream(createReadStream(join(folder, file)));
  return { file, sha256: hash, entries };
}

async function folderSize(folder: string, contents: Readonly<Record<string, number>>): Promise<number> {
  let size = Object.values(contents).reduce((sum, one) => sum + one, 0);
  const traces = (await readdir(join(folder, parts.traces))).map((name) => join(parts.traces, name));
  for (const name of [parts.lock, parts.schema, parts.snapshot, parts.paths, parts.standIns, ...traces]) {
    // Not every spec has all parts; what was just written here can be looked at.
    size += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  }
  return size;
}
