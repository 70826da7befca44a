import { resolve as resolveFile } from 'node:path';
import type { Readable } from 'node:stream';
import type { Sha256 } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import { baseName, type FilePath, joinPath, pathFromText, showPath } from '../model/file-path.js';
import { documentPath } from '../model/schemas.js';
import type { ManifestInput, ManifestRun } from '../spec/document/schema.js';
import type { Specification } from '../spec/specification.js';
import { isAtHand, type SuppliedInput } from './proof.js';
import type { RuleLookup } from './rules.js';

export interface InputSources {
  readonly spec: Specification;
  readonly host: Machine;
  /** A folder on the host that holds the inputs under their old, relative or bare names. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Content that was found, to be copied into the environment. */
export interface FoundContent {
  readonly source: string;
  readonly size: number;
  readonly mtime: number;
  readonly open: () => Readable;
}

/** One input with where it can be had; without `content` it lies in its place already, or was not found. */
export interface LocatedInput {
  readonly path: FilePath;
  readonly report: SuppliedInput;
  readonly content?: FoundContent;
}

/**
 * Finds every input of a run: in the environment, in the spec, in the folder, at its old path on the host; `ruleFor` names
 * what it may go without.
 */
export async function locateInputs(
  run: ManifestRun,
  environment: Machine,
  { ruleFor, ...sources }: InputSources & { readonly ruleFor: RuleLookup },
): Promise<LocatedInput[]> {
  const appended = [run.stdout, run.stderr].flatMap((stream) =>
    typeof stream === 'object' && stream.append ? [stream.file] : [],
  );
  const inputs = run.inputs.filter(({ path }) => !appended.includes(path));
  const present = await presentAmong(
    environment,
    inputs.map(({ path }) => documentPath(path)),
    sources.signal,
  );
  const located: LocatedInput[] = [];
  for (const input of inputs) {
    sources.signal?.throwIfAborted();
    located.push(byRule(await locate(input, present.get(documentPath(input.path)), run, sources), ruleFor));
  }
  return located;
}

function byRule(located: LocatedInput, ruleFor: RuleLookup): LocatedInput {
  const { path, report } = located;
  const { expected = '', found = '' } = report;
  const rule = isAtHand(report) ? undefined : ruleFor(path, [{ aspect: 'presence', expected, found }]);
  return rule?.kind === 'volatile' ? { ...located, report: { ...report, rule: rule.rule, why: rule.why } } : located;
}

async function locate(
  input: ManifestInput,
  present: FileEntry | undefined,
  run: ManifestRun,
  sources: InputSources,
): Promise<LocatedInput> {
  const path = documentPath(input.path);
  const { sha256 } = input;
  const expected = sha256 === undefined ? {} : { expected: sha256 };
  if (sha256 !== undefined && present?.hash === sha256) {
    return { path, report: { path: input.path, verdict: 'in-place', ...expected } };
  }
  if (input.from !== undefined && present?.hash !== undefined) {
    const why = `run ${input.from} made another one here than on the origin`;
    return { path, report: { path: input.path, verdict: 'made', ...expected, found: present.hash, why } };
  }
  if (sha256 === undefined) return locateUnknown(input, run, sources);
  const { found, wrong } = await findContent(path, sha256, documentPath(run.cwd), sources);
  if (found) {
    return {
      path,
      content: found,
      report: { path: input.path, verdict: 'supplied', source: found.source, ...expected },
    };
  }
  if (wrong) {
    const why = `${wrong.source} is another file`;
    return {
      path,
      report: { path: input.path, verdict: 'wrong', source: wrong.source, ...expected, found: wrong.hash, why },
    };
  }
  return { path, report: { path: input.path, verdict: 'missing', ...expected, why: 'it was not found' } };
}

/** The run changed the file, so nobody knows what it held: only the user can supply it. */
async function locateUnknown(input: ManifestInput, run: ManifestRun, { host, folder, signal }: InputSources) {
  const path = documentPath(input.path);
  const candidates = folder === undefined ? [] : namesIn(folder, path, documentPath(run.cwd));
  const entries = [...(await presentAmong(host, candidates, signal, false)).values()];
  const entry = entries.find(({ type }) => type === 'file');
  const why = 'the run changed it: what it held before is not recorded';
  if (entry === undefined)
    return { path, report: { path: input.path, verdict: 'unknown', why } } satisfies LocatedInput;
  const content = contentOn(host, entry);
  return {
    path,
    content,
    report: { path: input.path, verdict: 'supplied', source: content.source, why: `not checked: ${why}` },
  } satisfies LocatedInput;
}

/** Content by its hash; else the file of the same name that has another hash. */
export async function findContent(
  path: FilePath,
  sha256: Sha256,
  cwd: FilePath,
  { spec, host, folder, signal }: InputSources,
): Promise<{ readonly found?: FoundContent; readonly wrong?: { readonly source: string; readonly hash: Sha256 } }> {
  if (await spec.contents.has(sha256)) {
    return { found: await contentInSpec(spec, sha256) };
  }
  const candidates = [...(folder === undefined ? [] : namesIn(folder, path, cwd)), path];
  const entries = [...(await presentAmong(host, candidates, signal)).values()];
  const match = entries.find(({ hash }) => hash === sha256);
  if (match) return { found: contentOn(host, match) };
  if (folder !== undefined) {
    const renamed = await findByHash(host, pathFromText(resolveFile(folder)), sha256, signal);
    if (renamed) return { found: contentOn(host, renamed) };
  }
  const other = entries.find(({ hash }) => hash !== undefined);
  return other?.hash === undefined ? {} : { wrong: { source: showPath(other.path), hash: other.hash } };
}

/** A content that the spec carries. */
export async function contentInSpec({ contents }: Specification, sha256: Sha256): Promise<FoundContent> {
  let size = 0;
  for await (const chunk of contents.open(sha256) as AsyncIterable<Buffer>) size += chunk.length;
  return { source: 'the spec', size, mtime: 0, open: () => contents.open(sha256) };
}

async function findByHash(host: Machine, folder: FilePath, sha256: Sha256, signal: AbortSignal | undefined) {
  for await (const entry of host.files.walk(folder, { hash: true, ...(signal ? { signal } : {}) })) {
    if (entry.hash === sha256) return entry;
  }
  return undefined;
}

function namesIn(folder: string, path: FilePath, cwd: FilePath): FilePath[] {
  const base = pathFromText(resolveFile(folder));
  const relative = path.startsWith(`${cwd}/`) ? [path.slice(cwd.length + 1)] : [];
  return [path.slice(1), ...relative, baseName(path)].map((name) => joinPath(base, name));
}

async function presentAmong(
  machine: Machine,
  paths: readonly FilePath[],
  signal: AbortSignal | undefined,
  hash = true,
): Promise<Map<FilePath, FileEntry>> {
  const present = new Map<FilePath, FileEntry>();
  for await (const [path, entry] of machine.files.entries(paths, { hash, ...(signal ? { signal } : {}) }))
    if (entry) present.set(path, entry);
  return present;
}

function contentOn(host: Machine, { path, size, mtime }: FileEntry): FoundContent {
  return { source: showPath(path), size, mtime, open: () => host.files.stream(path) };
}
