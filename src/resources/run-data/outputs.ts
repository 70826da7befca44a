import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { tarMembers } from '../../filesystem/tar.js';
import { extractMembers, type NamedMember } from '../../filesystem/tar-extract.js';
import type { Sha256 } from '../../hash.js';
import {
  type FilePath,
  isWithin,
  joinPath,
  nodePath,
  parentPath,
  pathFromText,
  showPath,
} from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import { findContent } from '../../proof/inputs.js';
import { compareOutputContent } from '../../proof/output-content.js';
import type { Comparator } from '../../spec/document/comparators.js';
import type { ManifestOutput, ManifestRun } from '../../spec/document/schema.js';
import { unfoldOutputs } from '../../spec/runs/outputs.js';
import type { RunData } from './inputs.js';

/** One declared output, as it came out. */
export interface FetchedOutput {
  readonly path: string;
  /** The copy; absent where there was nothing to copy. */
  readonly file?: string;
  readonly verdict: 'equal' | 'differs' | 'varies' | 'ignored' | 'unknown' | 'missing';
  readonly found?: Sha256;
  readonly expected?: Sha256;
  readonly why?: string;
}

/**
 * Copies what a run declares to leave into a folder of this machine, under its name below the working directory or its
 * whole one, and says of each whether it is what the spec has, by the comparator that this names.
 */
export async function fetchOutputs(data: RunData): Promise<FetchedOutput[]> {
  const { spec, run, machine, folder, signal } = data;
  const outputs = new Map(
    unfoldOutputs(run, await spec.trace(run.id))
      .filter(({ path }) => !isStream(path, run))
      .map((output) => [documentPath(output.path), output]),
  );
  const present: FilePath[] = [];
  for (const [path, kind] of await machine.files.kinds([...outputs.keys()], { signal }))
    if (kind?.type === 'file' || kind?.type === 'directory') present.push(path);
  const hashes = await copyOut(data, present);
  const fetched: FetchedOutput[] = [];
  for (const [path, output] of outputs) {
    const isThere = present.includes(path);
    const file = isThere ? { file: resolve(folder, showPath(nameOf(path, run))) } : {};
    fetched.push({
      path: output.path,
      ...file,
      ...(isThere ? await judge(output, hashes.get(path), data) : missing(output)),
    });
  }
  return fetched;
}

/** Gives the hash of each file that was copied, of what passed. */
async function copyOut(
  { machine, folder, run }: RunData,
  paths: readonly FilePath[],
): Promise<ReadonlyMap<FilePath, Sha256>> {
  const hashes = new Map<FilePath, Sha256>();
  const { shell } = machine;
  if (paths.length === 0 || !shell) return hashes;
  const names = paths.map((path) => joinPath(pathFromText(resolve(folder)), nameOf(path, run)));
  for (const parent of new Set(names.map(parentPath))) await mkdir(nodePath(parent), { recursive: true });
  const tar = shell.get(paths);
  async function* members(): AsyncGenerator<NamedMember> {
    for await (const { path, offset: _offset, content, target, ...member } of tarMembers(tar)) {
      const root = paths.find((each) => isWithin(path, each));
      if (root === undefined || (member.type !== 'file' && member.type !== 'directory' && member.type !== 'hardlink'))
        continue;
      const named = { ...member, name: nameOf(path, run), mode: member.mode & 0o777 };
      if (member.type === 'hardlink' && target !== undefined) {
        const first = hashes.get(target);
        if (first !== undefined) hashes.set(path, first);
        yield { ...named, content, target: nameOf(target, run) };
      } else yield { ...named, content: hashing(content, (hash) => hashes.set(path, hash)) };
    }
  }
  try {
    await extractMembers(pathFromText(resolve(folder)), members());
  } finally {
    tar.destroy();
  }
  return hashes;
}

async function* hashing(content: AsyncIterable<Buffer>, done: (hash: Sha256) => void): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  done(hash.digest('hex'));
}

type Judged = Omit<FetchedOutput, 'path' | 'file'>;

function missing({ sha256 }: ManifestOutput): Judged {
  return { verdict: 'missing', ...(sha256 && { expected: sha256 }), why: 'the run left nothing there' };
}

async function judge(output: ManifestOutput, found: Sha256 | undefined, data: RunData): Promise<Judged> {
  const { sha256: expected, compare, varies } = output;
  const known = { ...(found && { found }), ...(expected && { expected }) };
  if (compare === 'ignore') return { ...known, verdict: 'ignored' };
  if (expected === undefined) return { ...known, verdict: 'unknown', why: 'what it was is not recorded' };
  if (found === expected) return { ...known, verdict: 'equal' };
  if (compare === undefined || compare === 'bytes')
    return varies
      ? { ...known, verdict: 'varies', why: 'it varies on the origin too' }
      : { ...known, verdict: 'differs' };
  return { ...known, ...(await byComparator(output, expected, compare, data)) };
}

/** Of the copy, as the original's content would be found for a run again. */
async function byComparator(
  output: ManifestOutput,
  expected: Sha256,
  comparator: Comparator,
  { spec, run, here, folder, signal }: RunData,
): Promise<Pick<Judged, 'verdict' | 'why'>> {
  const path = documentPath(output.path);
  const { found: original } = await findContent(path, expected, documentPath(run.cwd), { spec, host: here, signal });
  const at = pathFromText(resolve(folder, showPath(nameOf(path, run))));
  const found = await here.files.lstat(at);
  if (!found) return { verdict: 'missing' };
  const blame = { verdict: 'different', cause: 'unknown', why: 'it came out otherwise' } as const;
  const { verdict, why } = await compareOutputContent({
    ...{ path: at, original, found, machine: here, comparator, isStream: false, blame, signal },
  });
  const judged = verdict === 'equal' ? 'equal' : verdict === 'unproved' ? 'unknown' : 'differs';
  return { verdict: judged, ...(why !== undefined && { why }) };
}

/** What a run prints is ours already. */
function isStream(path: string, { stdout, stderr }: ManifestRun): boolean {
  return [stdout, stderr].some((stream) => typeof stream === 'object' && stream.file === path);
}

function nameOf(path: FilePath, { cwd }: ManifestRun): FilePath {
  const base = documentPath(cwd);
  return (base !== '/' && isWithin(path, base) ? path.slice(base.length + 1) : path.slice(1)) as FilePath;
}
