import type { Machine } from '../machines/machine.js';
import type { RunConditions } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { documentPath } from '../model/schemas.js';
import type { ManifestOutput, ManifestRun } from '../spec/document/schema.js';
import { type Blame, notRecordedStdin } from './blame.js';
import { findContent, type InputSources } from './inputs.js';
import { compareOutputContent } from './output-content.js';
import type { OutputResult } from './proof.js';
import type { RuleLookup } from './rules.js';

export interface OutputContext {
  readonly run: ManifestRun;
  readonly machine: Machine;
  readonly sources: InputSources;
  /** Outputs that differed between repeated runs on the origin. */
  readonly varying: ReadonlySet<string>;
  readonly blame: Blame;
  readonly ruleFor: RuleLookup;
  /** Of the run again. */
  readonly streams: RunConditions['streams'];
}

/** Compares every output of a run with the original, by the manifest's comparators. */
export async function compareOutputs(context: OutputContext): Promise<OutputResult[]> {
  const { run, machine, sources } = context;
  const { signal } = sources;
  const outputs = new Map(run.outputs.map((output) => [documentPath(output.path), output]));
  const results: OutputResult[] = [];
  for await (const [path, entry] of machine.files.entries([...outputs.keys()], {
    hash: true,
    ...(signal ? { signal } : {}),
  })) {
    const output = outputs.get(path);
    if (output) results.push(byRule(await compareOutput(output, path, entry, context), path, context.ruleFor));
  }
  return [...results, ...comparePrinted(context), ...unrecordedStreams(run)];
}

/** What went through pipes: only its hash is known of the origin. */
function comparePrinted({ run, streams, blame }: OutputContext): OutputResult[] {
  const { printed = {} } = run;
  return (['stdout', 'stderr'] as const).flatMap((stream): OutputResult[] => {
    const original = printed[stream];
    if (original === undefined) return [];
    const { compare = 'bytes', varies, sha256: expected } = original;
    const found = streams[stream].content?.hash;
    const row = { path: printed.together ? 'a pipe with stderr' : 'a pipe', stream, compare };
    if (compare === 'ignore') return [{ ...row, verdict: 'ignored', why: 'the manifest says so' }];
    const hashes = { expected, ...(found === undefined ? {} : { found }) };
    if (varies) {
      return [{ ...row, ...hashes, verdict: 'varies', cause: 'varies-on-origin', why: 'it varies on the origin too' }];
    }
    if (found === expected) return [{ ...row, ...hashes, verdict: 'equal' }];
    if (found !== undefined) return [{ ...row, ...hashes, ...blame }];
    const why = 'not all of it was seen when the command ran again';
    return [{ ...row, ...hashes, verdict: 'unproved', cause: 'not-recorded', why }];
  });
}

async function compareOutput(
  output: ManifestOutput,
  path: FilePath,
  found: FileEntry | undefined,
  context: OutputContext,
): Promise<OutputResult> {
  const { run, machine, sources, blame } = context;
  const comparator = output.compare ?? 'bytes';
  const stream = streamOf(output.path, run);
  const row = { path: output.path, compare: comparator, ...(stream ? { stream } : {}) };
  const hashes = {
    ...(output.sha256 === undefined ? {} : { expected: output.sha256 }),
    ...(found?.hash === undefined ? {} : { found: found.hash }),
  };
  if (comparator === 'ignore') return { ...row, verdict: 'ignored', why: 'the manifest says so' };
  const varies = output.varies || context.varying.has(output.path) || context.varying.has(path);
  const varying: OutputResult = {
    ...row,
    ...hashes,
    verdict: 'varies',
    cause: 'varies-on-origin',
    why: 'it varies on the origin too',
  };
  // Who names a comparator says how far it may vary.
  if (varies && comparator === 'bytes') return varying;
  if (output.sha256 === undefined) {
    return {
      ...row,
      ...hashes,
      verdict: 'unproved',
      cause: 'not-recorded',
      why: 'what it was on the origin is not recorded',
    };
  }
  if (found === undefined) {
    const { cause, why } = blame;
    return { ...row, expected: output.sha256, found: 'nothing', verdict: 'missing', cause, why };
  }
  if (found.hash === output.sha256) return { ...row, ...hashes, verdict: 'equal' };
  const original = await findContent(path, output.sha256, documentPath(run.cwd), sources);
  const result = await compareOutputContent({
    path,
    original: original.found,
    found,
    machine,
    comparator,
    isStream: isStream(path, run),
    blame,
    signal: sources.signal,
  });
  const isUnknown = result.verdict === 'unproved' && result.differences === undefined;
  return varies && isUnknown ? varying : { ...row, ...hashes, ...result };
}

/** What tools keep for themselves may vary by a published rule, unless the spec says how it is compared. */
function byRule(result: OutputResult, path: FilePath, ruleFor: RuleLookup): OutputResult {
  const { path: shown, compare, stream, verdict, expected = '', found = '' } = result;
  const isOpen = verdict === 'different' || verdict === 'unproved' || verdict === 'missing';
  if (!isOpen || compare !== 'bytes' || stream !== undefined) return result;
  const rule = ruleFor(path, [{ aspect: verdict === 'missing' ? 'presence' : 'content', expected, found }]);
  if (rule?.kind !== 'volatile') return result;
  return { path: shown, compare, verdict: 'varies', cause: 'volatile-rule', why: rule.why, rule: rule.rule };
}

function isStream(path: FilePath, { stdout, stderr }: ManifestRun): boolean {
  return [stdout, stderr].some((stream) => typeof stream === 'object' && documentPath(stream.file) === path);
}

/** Standard output and error that went to nobody who kept them. */
function unrecordedStreams(run: ManifestRun): OutputResult[] {
  const results: OutputResult[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const kept = run[stream];
    if (typeof kept !== 'object' || run.outputs.some(({ path }) => path === kept.file)) continue;
    results.push({
      path: kept.file,
      stream,
      compare: 'bytes',
      verdict: 'unproved',
      cause: 'not-recorded',
      why: 'what it was on the origin is not recorded',
    });
  }
  return results;
}

function streamOf(path: string, run: ManifestRun): 'stdout' | 'stderr' | undefined {
  for (const stream of ['stdout', 'stderr'] as const) {
    const kept = run[stream];
    if (typeof kept === 'object' && kept.file === path) return stream;
  }
  return undefined;
}

/** What of the run's surroundings nobody recorded, in whole sentences. */
export function unrecorded(run: ManifestRun, limits: RunConditions['limits']): string[] {
  const sentences: string[] = [];
  const stdin = notRecordedStdin(run);
  if (stdin) sentences.push(`${stdin[0]?.toUpperCase()}${stdin.slice(1)}.`);
  for (const stream of ['stdout', 'stderr'] as const) {
    const kept = run[stream];
    if (run.printed?.[stream] || (stream === 'stderr' && run.printed?.together)) continue;
    const name = stream === 'stdout' ? 'Standard output' : 'Standard error';
    if (kept === 'pipe' || kept === 'terminal' || kept === 'socket' || kept === 'other') {
      sentences.push(`${name} went to a ${kept} on the origin and was not recorded; it was not compared.`);
    }
  }
  const unset = Object.entries(run.limits ?? {}).filter(([name, soft]) => limits[name] !== soft);
  if (unset.length > 0) {
    const names = unset.map(([name, soft]) => `${name} (${soft})`).join(', ');
    sentences.push(`Limits of the origin could not be set again, because the machine allows less: ${names}.`);
  }
  return sentences;
}
