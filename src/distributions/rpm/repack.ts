import { createHash } from 'node:crypto';
import type { Contents } from '../../archives/contents.js';
import { codeOf } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import { compressors } from './compressors.js';
import { generatedRule } from './generated.js';
import { tag } from './header.js';
import type { RpmPackage } from './package.js';
import { type MayCarry, membersOf, type OpenContent, type Packed, payloadOf } from './payload.js';
import { beginningOf } from './rpm-file.js';
import { typeOf } from './verify.js';

export interface RepackContext {
  readonly machine: Machine;
  readonly contents: Contents;
  readonly mayCarry?: MayCarry;
  readonly signal?: AbortSignal;
}

/** A package put together again from the database's header and its installed files. */
export interface Repacked {
  /** Of the .rpm among the contents; absent when it could not be made, as `problems` then say. */
  readonly hash?: Sha256;
  readonly size?: number;
  /** Whether the payload is, but for its compression, byte for byte that of the package. */
  readonly isExact: boolean;
  /** Files whose content is not what the package recorded, by their content now, which is among the contents too. */
  readonly changed: readonly { readonly entry: FileEntry; readonly content: Sha256 }[];
  /** Files that are not there, or that may not be carried as they are. */
  readonly missing: readonly FilePath[];
  readonly problems: readonly string[];
}

const nothing = { isExact: false, changed: [], missing: [] };

/** Repacks packages one after the other, with one pass over all their files. */
export async function* repackAll(
  packages: readonly RpmPackage[],
  context: RepackContext,
): AsyncGenerator<readonly [RpmPackage, Repacked]> {
  const plans = packages.map((each) => ({ each, members: membersOf(each) }));
  const wanted = plans.flatMap(({ members }) =>
    members.flatMap(({ file, hasContent }) => (hasContent && file.state === 'normal' ? file.path : [])),
  );
  const { machine, signal } = context;
  const options = signal ? { signal } : {};
  const contents = machine.files.contents(wanted, options)[Symbol.asyncIterator]();
  try {
    let next = await contents.next();
    const open: OpenContent = async (path) => {
      if (next.done !== true && next.value.path === path) {
        const { content } = next.value;
        return (async function* () {
          yield* content;
          next = await contents.next();
        })();
      }
      // What is not given in turn is not there or cannot be read: asked for by itself, it says which.
      return (await machine.files.lstat(path)) ? machine.files.stream(path) : undefined;
    };
    for (const { each, members } of plans) {
      signal?.throwIfAborted();
      yield [each, await repack(each, members, open, context)];
    }
  } finally {
    await contents.return?.();
  }
}

async function repack(
  each: RpmPackage,
  members: ReturnType<typeof membersOf>,
  open: OpenContent,
  { machine, contents, mayCarry = () => true }: RepackContext,
): Promise<Repacked> {
  const immutable = each.header.immutable();
  const word = each.header.text(tag.payloadCompressor) ?? 'gzip';
  const compress = compressors[word];
  if (!immutable) return { ...nothing, problems: ['It is of a time before rpm 4, and cannot be repacked.'] };
  if (!compress) return { ...nothing, problems: [`It is compressed with ${word}, and cannot be repacked.`] };
  const told: Packed[] = [];
  const digest = createHash('sha256');
  async function* hashed(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      digest.update(chunk);
      // To a stream nothing is the end.
      if (chunk.length > 0) yield chunk;
    }
  }
  async function* file(): AsyncGenerator<Uint8Array> {
    yield beginningOf(each.id, each.header, immutable as Buffer);
    const payload = payloadOf(members, {
      algorithm: each.digestAlgorithm,
      open,
      mayCarry: (path, head) => generatedRule(path)?.name !== 'accounts' && mayCarry(path, head),
      told: (packed) => told.push(packed),
    });
    yield* (compress as NonNullable<typeof compress>)(hashed(payload));
  }
  try {
    const { hash, size } = await contents.add(file());
    const changed: { entry: FileEntry; content: Sha256 }[] = [];
    const paths = told.flatMap(({ file: record, state }) =>
      state === 'changed' && !generatedRule(record.path) ? record.path : [],
    );
    for await (const [path, entry] of machine.files.entries(paths)) {
      if (entry?.type !== 'file') continue;
      const kept = await contents.add(machine.files.stream(path));
      changed.push({ entry, content: kept.hash });
    }
    const missing = await missingOf(members, told, machine);
    const isExact = digest.digest('hex') === each.header.text(tag.payloadDigestAlt);
    const problems = told.flatMap(({ file: { path }, state }) => {
      if (generatedRule(path) || (state !== 'changed' && state !== 'withheld')) return [];
      const what = state === 'changed' ? 'it is carried as it is' : 'it may hold a secret, and is not carried';
      return [`${showPath(path)} is not as its package had it; ${what}.`];
    });
    return { hash, size, isExact, changed, missing, problems };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || code === 'ABORT_ERR' || code === 'ENOSPC') throw error;
    return { ...nothing, problems: [`A file of it cannot be read (${code}), so it cannot be repacked.`] };
  }
}

/** Of all members: those with content were told, and the entries of the others are looked at. */
async function missingOf(
  members: ReturnType<typeof membersOf>,
  told: readonly Packed[],
  machine: Machine,
): Promise<FilePath[]> {
  const known = new Set(told.map(({ file }) => file.path));
  const asked = members.flatMap(({ file }) =>
    known.has(file.path) || file.state !== 'normal' || typeOf(file) === 'directory' ? [] : file.path,
  );
  const missing = told.flatMap(({ file: { path }, state }) =>
    (state === 'missing' || state === 'withheld') && !generatedRule(path) ? path : [],
  );
  for await (const [path, entry] of machine.files.entries(asked)) if (!entry) missing.push(path);
  return missing;
}
