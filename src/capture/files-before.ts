import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Contents } from '../archives/contents.js';
import type { ContentBefore, Trace, Use } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import { inspectedBytes } from '../spec/secrets/never-carry.js';
import { type Decision, type DecisionContext, decide } from './decide.js';
import type { Survey } from './survey.js';

/** An input that the run changed or took away, as it was before. */
export interface FileBefore {
  readonly entry: FileEntry;
  readonly carried: boolean;
}

export interface FilesBeforeRequest {
  readonly trace: Trace;
  readonly survey: Survey;
  /** What became of the files that are there now. */
  readonly decisions: ReadonlyMap<FilePath, Decision>;
  readonly context: DecisionContext;
  readonly contents: Contents;
}

const changing: readonly Use[] = ['written', 'created', 'removed'];

/** Decides about what the run changed as about any file: by what it was, and by what the run did beside changing it. */
export async function collectFilesBefore(request: FilesBeforeRequest): Promise<ReadonlyMap<FilePath, FileBefore>> {
  const { trace, survey, decisions, context, contents } = request;
  const found = new Map<FilePath, FileBefore>();
  for (const { path, resolved, uses, before } of trace.accesses) {
    if (typeof before !== 'object' || before.overwritten || isKernelPath(path)) continue;
    const place = survey.resolved.get(path) ?? resolved ?? path;
    if (found.has(place) || decisions.get(place)?.kind === 'left-out') continue;
    const entry = entryBefore(place, before, trace);
    const owner = survey.owners.get(place) ?? survey.owners.get(path);
    // That it is absent now says nothing of what it was.
    const known = owner?.rule === 'absent' ? undefined : owner;
    // To move, remove or add to a file is to depend on what it was, as reading it is.
    const remaining = new Set<Use>(['read', ...uses.filter((use) => !changing.includes(use))]);
    const subject = { path: place, entry, uses: remaining, before: undefined, owner: known };
    const decision = decide(subject, await headOf(before), context);
    if (decision.kind === 'left-out' || decision.kind === 'noted') continue;
    const isWanted = decision.kind === 'carried' || (decision.kind === 'input' && decision.carried);
    const carried = isWanted && before.kept !== undefined;
    if (carried) await contents.add(createReadStream(before.kept), before.hash);
    found.set(place, { entry, carried });
  }
  return found;
}

function entryBefore(path: FilePath, before: ContentBefore, { conditions }: Trace): FileEntry {
  const { hash, size, mode = 0o644, uid = conditions.user.uid, gid = conditions.user.gid, mtime = 0 } = before;
  return { path, type: 'file', mode, uid, gid, size, mtime: Math.floor(mtime), hash };
}

async function headOf({ kept }: ContentBefore): Promise<Buffer> {
  if (kept === undefined) return Buffer.alloc(0);
  await using file = await open(kept);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(inspectedBytes), 0, inspectedBytes, 0);
  return buffer.subarray(0, bytesRead);
}
