import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open as openFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StandIns } from '../archives/stand-ins.js';
import type { ContentFolder } from '../archives/store.js';
import { codeOf, ReproError } from '../errors.js';
import { type TarMember, tarMembers } from '../filesystem/tar.js';
import { type Progress, silent } from '../model/progress.js';
import { parseManifest } from '../spec/document/manifest.js';
import type { Manifest } from '../spec/document/schema.js';
import { writeStandIns } from '../spec/folder/stand-ins.js';
import {
  type BundledArtifact,
  type BundleIndex,
  type BundleMember,
  bundleVersion,
  folderName,
  indexName,
  indexSchema,
  manifestName,
} from './format.js';

/** An index is text for people too; a larger one is no index of ours. */
const indexLimit = 256 * 1024 * 1024;

/** Whether a file is a bundle, by the member that a bundle begins with. */
export async function isBundle(file: string): Promise<boolean> {
  try {
    await using handle = await openFile(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const name = `./${indexName}\0`;
    return bytesRead === 512 && buffer.toString('latin1', 0, name.length) === name;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EISDIR') return false;
    throw error;
  }
}

/** The index and the manifest, which come first; nothing else of the bundle is read. */
export async function readHead(file: string): Promise<{ readonly index: BundleIndex; readonly manifest: Manifest }> {
  let index: BundleIndex | undefined;
  for await (const member of membersOf(file)) {
    if (!index) {
      index = await indexOf(member, file);
      continue;
    }
    if (member.path !== `/${manifestName}` || member.size > indexLimit) break;
    return { index, manifest: await parseManifest((await wholeOf(member)).toString(), file) };
  }
  throw notABundle(file, 'it has no spec');
}

export interface UnpackOptions {
  /** A folder, made where it is not there, for the spec. */
  readonly folder: string;
  /** Where artifacts go; without it they are left in the bundle. */
  readonly store?: ContentFolder;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Puts the spec into a folder and the artifacts into a store, each checked by its hash; returns the index. What stands in
 * for artifacts is noted beside the spec: on the word of a bundle it counts for nothing else.
 */
export async function unpackBundle(file: string, options: UnpackOptions): Promise<BundleIndex> {
  const { folder, store, progress = silent, signal } = options;
  const stage = 'unpack the bundle';
  let index: BundleIndex | undefined;
  let expected: readonly BundleMember[] = [];
  let artifacts: ReadonlyMap<string, BundledArtifact> = new Map();
  let at = 0;
  let done = 0;
  for await (const member of membersOf(file)) {
    signal?.throwIfAborted();
    if (!index) {
      index = await indexOf(member, file);
      expected = index.members;
      artifacts = new Map(index.artifacts.map((artifact) => [`artifacts/${artifact.sha256}`, artifact]));
      const total = expected.reduce((sum, { size }) => sum + size, 0);
      progress({ kind: 'begin', stage, total, unit: 'bytes' });
      continue;
    }
    const listed = expected[at++];
    if (!listed || member.type !== 'file' || member.path !== `/${listed.name}` || member.size !== listed.size) {
      throw notABundle(file, `${member.path.slice(1)} is not what its index lists at that place`);
    }
    if (listed.name.startsWith('artifacts/')) {
      const expected = artifacts.get(listed.name)?.digest ?? listed.sha256;
      await store?.add(checked(member, listed, file), expected, { size: listed.size });
    } else await writeMember(join(folder, listed.name), checked(member, listed, file));
    done += listed.size;
    progress({ kind: 'advance', stage, done });
  }
  if (!index || at !== expected.length) throw notABundle(file, 'it was cut off');
  await writeStandIns(join(folder, folderName), standInsInside(index));
  progress({ kind: 'end', stage, message: `${expected.length} parts` });
  return index;
}

/** As a spec has them. */
function standInsInside({ standIns = [] }: BundleIndex): StandIns {
  return new Map(
    standIns.map(({ for: name, sha256, rung, sameness, evidence, instead }) => {
      return [name, { sha256, rung, sameness, evidence, ...(instead !== undefined && { version: instead }) }];
    }),
  );
}

async function* membersOf(file: string): AsyncGenerator<TarMember> {
  if (!(await isBundle(file))) throw notABundle(file, 'it does not begin with an index');
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  for await (const member of toldAsCut(tarMembers(source), file)) {
    yield { ...member, content: toldAsCut(member.content, file) };
  }
}

/** A truncated or damaged archive is told as such, whatever the reader of tars says of it. */
async function* toldAsCut<Value>(values: AsyncIterable<Value>, file: string): AsyncGenerator<Value> {
  try {
    yield* values;
  } catch (error) {
    throw error instanceof ReproError || codeOf(error) !== undefined
      ? error
      : notABundle(file, 'it was cut off', error);
  }
}

async function indexOf(member: TarMember, file: string): Promise<BundleIndex> {
  if (member.path !== `/${indexName}` || member.size > indexLimit) throw notABundle(file, 'it has no index');
  let value: unknown;
  try {
    value = JSON.parse((await wholeOf(member)).toString());
  } catch (error) {
    throw notABundle(file, 'its index is not JSON', error);
  }
  const { version } = (value ?? {}) as { version?: unknown };
  if (typeof version === 'number' && version > bundleVersion) {
    const message = `version ${version} of the bundle needs a newer reproman; this one reads ${bundleVersion}`;
    throw new ReproError('usage', message, { where: file, remedy: 'update reproman' });
  }
  const index = indexSchema.safeParse(value);
  if (index.success) return index.data;
  const [issue] = index.error.issues;
  throw notABundle(file, `its index is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
}

async function wholeOf({ content }: TarMember): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The content, which fails at its end when it is not what the index lists. */
async function* checked({ content }: TarMember, { name, sha256 }: BundleMember, file: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) throw notABundle(file, `${name} is damaged`);
}

async function writeMember(target: string, content: AsyncIterable<Buffer>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await pipeline(content, createWriteStream(target, { flags: 'wx' }));
}

function notABundle(file: string, why: string, cause?: unknown): ReproError {
  return new ReproError('usage', `not a whole bundle: ${why}`, {
    where: file,
    remedy: 'copy it again from where it was made, or make it anew with reproman pack',
    cause,
  });
}
