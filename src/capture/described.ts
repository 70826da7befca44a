import type { Machine, Unreadable } from '../machines/machine.js';
import type { Trace } from '../model/access.js';
import { showPath } from '../model/file-path.js';
import { documentPath } from '../model/schemas.js';
import type { Manifest } from '../spec/document/schema.js';
import { maskDeep, maskUrls } from '../spec/secrets/mask.js';
import type { AccessRecord } from '../spec/specification.js';
import type { SpecDraft } from '../spec/write.js';
import { assembleManifest } from './assemble.js';
import { findCallersFiles } from './callers-files.js';
import { type ContainerRun, containerRuns, identifyImages } from './container-runs.js';
import { carriesInputs, type Found } from './found.js';
import { findHostNeeds } from './host-needs.js';
import { identifyFiles } from './image-files.js';
import { describeInstallation } from './install.js';
import { findProvenance } from './provenance.js';
import { listRemoved } from './removed.js';
import type { CaptureRequest } from './request.js';
import { type SealedRun, sealAccess, sealTrace } from './seal.js';

/** What was found, as it may be written: without secrets. */
export interface Described {
  readonly manifest: Manifest;
  /** Absent where nothing ran. */
  readonly sealed: SealedRun | undefined;
  readonly paths: readonly AccessRecord[];
  /** The newest date of the packages. */
  readonly epoch: number;
  /** What could not be found out, in whole sentences. */
  readonly problems: readonly string[];
}

/** Says of what was found where it is from, what it needs of the machine below, and how it ran. */
export async function describeUsed(request: CaptureRequest, found: Found, draft: SpecDraft): Promise<Described> {
  const { traces, machine, caller, options = {}, signal } = request;
  const { accesses, base, identification, survey, files, finished } = found;
  const facts = { owners: identification.owners, survey, files };
  const run = await sealRun(request, found, draft);
  const described = files.manifestFiles(new Set(found.closure));
  // Of what the run changed the machine says nothing any more.
  const inputs = (run?.run.inputs ?? []).filter(({ path }) => !files.before.has(documentPath(path)));
  const provenance = await findProvenance({ machine, files: [...described, ...inputs], survey, signal });
  const listed = described.map(provenance.note);
  const sealed = run && { ...run, run: { ...run.run, inputs: run.run.inputs.map(provenance.note) } };
  const paths = sealed?.trace.accesses ?? accesses.map((access) => sealAccess(access, facts));
  const epoch = Math.max(0, ...finished.map((one) => one.epoch));
  const [trace] = traces;
  const installation =
    options.install && sealed && trace
      ? describeInstallation({ trace, run: sealed.run, survey, files, listed })
      : undefined;
  const unread: string[] = [];
  const unreadable: Unreadable = (path, code) =>
    unread.push(`${showPath(path)} cannot be read (${code}): a version that it tells is not known.`);
  const manifest = assembleManifest({
    base,
    distributions: finished.map((one) => maskDeep(one.manifest, maskUrls)),
    files: installation?.files ?? listed,
    absent: listRemoved(accesses, identification.owners),
    steps: installation ? [installation.step] : [],
    runs: sealed && !installation ? [sealed.run] : [],
    host: await findHostNeeds(paths, caller ? [machine, caller] : [machine], unreadable),
    platform: await machine.platform(),
    epoch,
  });
  return { manifest, sealed, paths, epoch, problems: [...identification.problems, ...provenance.notes, ...unread] };
}

async function sealRun(request: CaptureRequest, found: Found, draft: SpecDraft): Promise<SealedRun | undefined> {
  const { traces, machine, caller, options, signal, outputHashes = [] } = request;
  if (!isAny(traces)) return undefined;
  const { identification, survey, files, never } = found;
  const [trace] = traces;
  const { contents } = draft;
  const carryInputs = carriesInputs(request);
  return sealTrace({
    ...{ traces, outputHashes, survey, files },
    owners: identification.owners,
    containers: await findContainers(trace, machine, caller ?? machine, signal),
    callers: await findCallersFiles({ trace, caller, never, contents, carryInputs, signal }),
    added: options?.environment,
  });
}

/** `engines`: where the container engines are. */
async function findContainers(
  { processes }: Trace,
  machine: Machine,
  engines: Machine,
  signal: AbortSignal | undefined,
): Promise<readonly ContainerRun[]> {
  const ofEngines = await identifyImages(containerRuns(processes), engines.shell, signal);
  return identifyFiles(ofEngines, machine.files, signal);
}

function isAny(traces: readonly Trace[]): traces is readonly [Trace, ...Trace[]] {
  return traces.length > 0;
}
