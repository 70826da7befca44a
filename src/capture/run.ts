import type { Sha256 } from '../hash.js';
import type { RunConditions, StandardStream, Trace } from '../model/access.js';
import { type FileEntry, showMode } from '../model/file-entry.js';
import { comparePaths, type FilePath, showPath } from '../model/file-path.js';
import type { ManifestOutput, ManifestRun } from '../spec/document/schema.js';
import { madeByRun } from '../spec/runs/made.js';
import { foldOutputs } from '../spec/runs/outputs.js';
import type { MaskedArgv } from '../spec/secrets/argv.js';
import type { FilteredEnvironment } from '../spec/secrets/environment.js';

export interface RunFiles {
  readonly inputs: readonly RunInput[];
  readonly outputs: readonly RunOutput[];
  /** Streams into pipes that were not the same in every run. */
  readonly varyingStreams: ReadonlySet<'stdout' | 'stderr'>;
}

export interface RunInput {
  readonly entry: FileEntry;
  readonly carried: boolean;
  /** The run changed it: what it was before is not known. */
  readonly changed: boolean;
}

export interface RunOutput {
  readonly path: FilePath;
  readonly hash?: Sha256 | undefined;
  readonly size: number;
  readonly varies: boolean;
}

/** What the manifest says of one run, and the outputs that it shows as a folder; secrets are out of `argv` and `environment` already. */
export function describeRun(
  trace: Trace,
  argv: MaskedArgv,
  environment: FilteredEnvironment,
  files: RunFiles,
): { readonly run: ManifestRun; readonly folded: readonly ManifestOutput[] } {
  const { conditions } = trace;
  const { limits, user } = conditions;
  const sortedInputs = [...files.inputs].sort((a, b) => comparePaths(a.entry.path, b.entry.path));
  const sortedOutputs = [...files.outputs].sort((a, b) => comparePaths(a.path, b.path));
  const { shown, folded } = foldOutputs(sortedOutputs.map(describeOutput), madeByRun(trace));
  const run: ManifestRun = {
    id: runId(conditions),
    command: [...argv.argv],
    ...(argv.masked ? { masked: true as const } : {}),
    cwd: showPath(conditions.cwd),
    environment: environment.environment,
    umask: showMode(conditions.umask),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    user: { uid: user.uid, gid: user.gid, ...(user.groups.length > 0 ? { groups: [...user.groups] } : {}) },
    stdin: describeStream(conditions.streams.stdin),
    stdout: describeStream(conditions.streams.stdout),
    stderr: describeStream(conditions.streams.stderr),
    ...describePrinted(conditions.streams, files.varyingStreams),
    ...(conditions.attached ? { attached: true as const } : {}),
    exit: trace.exit?.code ?? 'unknown',
    inputs: sortedInputs.map(describeInput),
    outputs: [...shown],
  };
  return { run, folded };
}

function describePrinted(
  { stdout, stderr }: RunConditions['streams'],
  varying: RunFiles['varyingStreams'],
): Pick<ManifestRun, 'printed'> {
  const describe = (name: 'stdout' | 'stderr', { content }: StandardStream) =>
    content && {
      [name]: { sha256: content.hash, size: content.size, ...(varying.has(name) ? { varies: true as const } : {}) },
    };
  const printed = { ...describe('stdout', stdout), ...describe('stderr', stderr) };
  if (Object.keys(printed).length === 0) return {};
  return { printed: { ...printed, ...(stderr.withStdout ? { together: true as const } : {}) } };
}

/** A short name for the run, from its program. */
export function runId({ argv }: RunConditions): string {
  const program = (argv[0] ?? '').split('/').at(-1) ?? '';
  const id = program
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return id.slice(0, 40) || 'run';
}

function describeStream({ kind, path, append }: StandardStream): NonNullable<ManifestRun['stdin']> {
  if (kind !== 'file') return kind;
  if (path === undefined) return 'other';
  return { file: showPath(path), ...(append ? { append: true as const } : {}) };
}

function describeInput({ entry, carried, changed }: RunInput): ManifestRun['inputs'][number] {
  if (changed) return { path: showPath(entry.path), before: 'unknown' };
  return {
    path: showPath(entry.path),
    ...(entry.hash === undefined ? {} : { sha256: entry.hash }),
    size: entry.size,
    ...(carried && entry.hash !== undefined ? { carried: true } : {}),
  };
}

function describeOutput({ path, hash, size, varies }: RunOutput): ManifestOutput {
  return {
    path: showPath(path),
    ...(hash === undefined ? {} : { sha256: hash }),
    size,
    ...(varies ? { varies: true as const } : {}),
  };
}
