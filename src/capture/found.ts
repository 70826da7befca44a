import { requireBase } from '../distributions/base-of.js';
import type { FinishedDistribution } from '../identification/finish.js';
import { type Identification, identify } from '../identification/identify.js';
import type { Access, Trace } from '../model/access.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import { silent, stage } from '../model/progress.js';
import type { Base } from '../packaging/base-system.js';
import { loadNeverCarry, type NeverCarry } from '../spec/secrets/never-carry.js';
import { privateRule } from '../spec/secrets/private-rule.js';
import type { SpecDraft } from '../spec/write.js';
import { type CollectedFiles, collectFiles } from './collect.js';
import { findPlaces } from './places.js';
import { mergeAccesses } from './repeats.js';
import { type CaptureRequest, defaultCarryLimit, defaultTreeLimit } from './request.js';
import { asRecord } from './seal-processes.js';
import { type Survey, surveyAccesses } from './survey.js';

/** What was used, whose it is, and what of it is carried: all of it is among the draft's contents now. */
export interface Found {
  readonly accesses: readonly Access[];
  readonly never: NeverCarry;
  readonly base: Base;
  readonly identification: Identification;
  readonly survey: Survey;
  readonly files: CollectedFiles;
  readonly finished: readonly FinishedDistribution[];
  /** Every file of the packages that the run used, or that these need. */
  readonly closure: readonly FilePath[];
}

/** Identifies what the runs used, and keeps the content of what no package has. */
export async function findUsed(request: CaptureRequest, draft: SpecDraft): Promise<Found> {
  const { traces, machine, seen, former, options = {}, progress = silent, signal, outputHashes = [] } = request;
  const accesses = request.paths ?? mergeAccesses(traces);
  const context = { progress, ...(signal ? { signal } : {}) };
  const installs = options.install ?? false;
  const never = await loadNeverCarry();
  const places = await findPlaces(machine, traces, options.carry ?? [], signal);
  const mayCarry = (inTree: boolean) => (path: FilePath, head: Buffer) =>
    privateRule(never, path, head, { inTree, named: places.named }) === undefined;
  const used = [...accesses, ...linksTo(places.links, accesses)];
  const identification = await identify(machine, used, {
    ...context,
    ...(seen ? { seen } : {}),
    environments: () => environmentsOf(traces),
    mayCarry: mayCarry(false),
  });
  const base = identification.base ?? (await requireBase(machine, signal));
  const survey = await surveyAccesses(machine, used, identification.owners, signal);
  const collect = (advance: (done: number) => void) =>
    collectFiles({
      ...{ machine, traces, survey, never, outputHashes, installs, advance, signal },
      packageRoots: identification.roots,
      contents: draft.contents,
      carryLimit: options.carryLimit ?? defaultCarryLimit,
      treeLimit: options.treeLimit ?? defaultTreeLimit,
      carryInputs: carriesInputs(request),
      places,
    });
  const files = await stage(progress, 'carrying files that no package has', collect, { unit: 'bytes' });
  const finished = await identification.finish({
    machine,
    contents: draft.contents,
    repack: options.repack ?? 'missing',
    mayCarry: mayCarry(true),
    isNew: (path) => !installs && survey.subjects.get(path)?.before === 'absent',
    ids: files.ids,
    ...(former ? { former: former.distributions } : {}),
    ...context,
  });
  const closure = finished.flatMap((one) => one.files);
  return { accesses, never, base, identification, survey, files, finished, closure };
}

/** What an installation read is of the environment that it makes. */
export function carriesInputs({ options = {} }: CaptureRequest): boolean {
  return options.install || options.carryInputs || false;
}

/** Without the links that lead there, what the user named is not found by the name that it was given. */
function linksTo(links: readonly FilePath[], accesses: readonly Access[]): Access[] {
  const known = new Set(accesses.map(({ path }) => path));
  return links.filter((path) => !known.has(path)).map((path) => ({ path, uses: ['examined'] }));
}

/** Of the commands as they were started, and of all their processes. */
function* environmentsOf(traces: readonly Trace[]): Generator<ReadonlyMap<string, string>> {
  for (const { conditions, environments = {} } of traces) {
    const asStarted = Object.entries(conditions.environment).map(
      ([name, value]) => [name, pathFromText(value)] as const,
    );
    yield new Map(asStarted);
    for (const variables of Object.values(environments)) {
      yield new Map(Object.entries(asRecord(variables)));
    }
  }
}
