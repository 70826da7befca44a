import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDistribution } from '../../distributions/load.js';
import { codeOf, ReproError } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import { isThere } from '../../presence.js';
import { type Lock, lockSchema, type Manifest, specVersion } from '../document/schema.js';
import { inputsOf, makesOf } from '../runs/steps.js';
import { parts, type SpecLayout, tracePart } from './layout.js';

const restore = 'copy the folder again from where it was made, or trace again';

/** Reads the lock of `environment.d`; undefined where there is no such folder. */
export async function readLock(layout: SpecLayout): Promise<Lock | undefined> {
  const file = join(layout.folder, parts.lock);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unreadable(file, error);
    if (!(await isThere(layout.folder))) return undefined;
    throw new ReproError('usage', 'the folder beside the spec has no lock.json: it is not complete', {
      where: layout.folder,
      remedy: restore,
    });
  }
  return checkLock(parseJson(text, file), file);
}

/** The lock as `lock.json` holds it. */
export function lockText(lock: Lock): string {
  return `${JSON.stringify(lock, undefined, 1)}\n`;
}

/** Sees at once what a copy left behind: every part that the lock names must be there in full. */
export async function checkParts(layout: SpecLayout, lock: Lock): Promise<void> {
  const named = [
    ...(lock.snapshot ? [{ part: lock.snapshot, name: parts.snapshot }] : []),
    ...(lock.paths ? [{ part: lock.paths, name: parts.paths }] : []),
    ...Object.entries(lock.traces).map(([id, part]) => ({ part, name: tracePart(id) })),
  ];
  for (const { part, name } of named) {
    const file = join(layout.folder, name);
    if (part.file !== name)
      throw invalidLock(join(layout.folder, parts.lock), `expected the part ${name}, found ${part.file}`);
    if (!(await isThere(file))) throw incomplete(file, 'is missing');
  }
  await checkContents(join(layout.folder, parts.contents), lock.contents);
}

/** Every content that the manifest says is carried must be in the folder. */
export function checkCarried(layout: SpecLayout, manifest: Manifest, contents: Readonly<Record<Sha256, number>>): void {
  const carried = [
    ...manifest.files.map((file) => ({ ...file, list: 'files' })),
    ...manifest.runs.flatMap((run) => run.inputs.map((input) => ({ ...input, list: `inputs of ${run.id}` }))),
    ...(manifest.steps ?? []).flatMap((step) =>
      [...inputsOf(step), ...makesOf(step)].map((file) => ({ ...file, list: `step ${step.id}` })),
    ),
  ];
  const { tree } = manifest.base;
  if (tree) carried.push({ path: '/', sha256: tree.sha256, carried: true, list: 'base' });
  for (const { path, sha256, list } of carried.filter((one) => one.carried && one.sha256 !== undefined)) {
    if (sha256 === undefined || Object.hasOwn(contents, sha256)) continue;
    throw new ReproError('usage', `the content of ${path} (in ${list}) is said to be carried, and is not`, {
      where: join(layout.folder, parts.contents, sha256),
      remedy: `${restore}; or say carried: false`,
    });
  }
}

/** The sizes of the contents that are there: of tens of thousands, which other threads would take ten times as long to ask. */
export async function listContents(folder: string): Promise<Record<Sha256, number>> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw unreadable(folder, error);
  }
  const hashes = names.filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
  const sizes: Record<Sha256, number> = {};
  for (const hash of hashes) sizes[hash] = statSync(join(folder, hash)).size;
  return sizes;
}

async function checkContents(folder: string, expected: Lock['contents']): Promise<void> {
  const found = await listContents(folder);
  for (const [hash, size] of Object.entries(expected)) {
    const has = found[hash];
    if (has === undefined) throw incomplete(join(folder, hash), 'is missing');
    if (has !== size) throw incomplete(join(folder, hash), `has ${has} bytes instead of ${size}`);
  }
}

async function checkLock(value: unknown, file: string): Promise<Lock> {
  const { version } = (value ?? {}) as { version?: unknown };
  if (typeof version === 'number' && version > specVersion) {
    throw new ReproError(
      'usage',
      `version ${version} of the lock needs a newer reproman; this one reads ${specVersion}`,
      {
        where: file,
        remedy: 'update reproman, or trace again with this one',
      },
    );
  }
  const lock = lockSchema.safeParse(value);
  if (!lock.success) throw invalidLock(file, firstIssue(lock.error));
  const halves: Lock['distributions'] = [];
  for (const [index, half] of lock.data.distributions.entries()) {
    const module = await loadDistribution(half.name);
    if (!module) throw invalidLock(file, `there is no distribution ${JSON.stringify(half.name)}`);
    const result = module.lockSchema.safeParse(half);
    if (!result.success) throw invalidLock(file, firstIssue(result.error, ['distributions', index]));
    halves.push(result.data);
  }
  return { ...lock.data, distributions: halves };
}

function firstIssue(
  error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] },
  prefix: readonly PropertyKey[] = [],
) {
  const [issue] = error.issues;
  return issue ? `${[...prefix, ...issue.path].map(String).join('.')}: ${issue.message}` : 'it is not valid';
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReproError('usage', 'the lock is not valid JSON: it is damaged or cut off', {
      where: file,
      remedy: restore,
      cause: error,
    });
  }
}

function invalidLock(file: string, message: string): ReproError {
  return new ReproError('usage', `the lock is not valid: ${message}`, { where: file, remedy: restore });
}

function incomplete(file: string, what: string): ReproError {
  return new ReproError('usage', `environment.d is not complete: a part ${what}`, { where: file, remedy: restore });
}

function unreadable(file: string, cause: unknown): ReproError {
  return new ReproError('usage', `cannot be read (${codeOf(cause) ?? 'unknown error'})`, { where: file, cause });
}
