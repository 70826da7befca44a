import { resolve } from 'node:path';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, pathFromText, showPath } from '../../model/file-path.js';
import type { Resource } from '../../model/resource.js';
import { copyBetween } from '../copy/copy.js';

/** A file or folder of this machine that the test finds in every variant. */
export interface TestCopy {
  readonly from: FilePath;
  /** Where it goes, as `cp` has it. Default: into the folder that the test begins in. */
  readonly to?: FilePath;
}

/** `FILE` or `FILE:/PATH`: a colon with something else behind it belongs to the name. */
export function parseCopy(text: string): TestCopy {
  const [, from = text, to] = /^(.+):(\/.*)$/s.exec(text) ?? [];
  return { from: pathFromText(resolve(from)), ...(to === undefined ? {} : { to: pathFromText(to) }) };
}

/** All that a test may find in the copies: with other content it is another test. */
export async function describeCopies(copies: readonly TestCopy[], host: Machine): Promise<object[]> {
  const described: object[] = [];
  for (const { from, to } of copies) {
    const entries: object[] = [];
    for await (const { path, type, mode, hash, target } of host.files.walk(from, { hash: true }))
      entries.push({ path: showPath(path), type, mode, ...(hash && { hash }), ...(target && { target }) });
    described.push({ ...(to && { to: showPath(to) }), entries });
  }
  return described;
}

/** Puts the copies into a variant; they belong to the user of its run. */
export async function putCopies(
  copies: readonly TestCopy[],
  { run }: Resource,
  { host, machine, signal }: { readonly host: Machine; readonly machine: Machine; readonly signal: AbortSignal },
): Promise<void> {
  const { uid, gid } = run.user;
  for (const { from, to = run.cwd } of copies)
    await copyBetween({ machine: host, path: from }, { machine, path: to, owner: { uid, gid } }, { signal });
}
