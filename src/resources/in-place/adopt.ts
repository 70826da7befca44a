import { Readable } from 'node:stream';
import type { Additions, Backend } from '../../../backends/backend.js';
import type { Build } from '../../archives/build.js';
import { fetchArtifacts } from '../../archives/fetch.js';
import type { Requirement } from '../../archives/sameness.js';
import type { ContentFolder } from '../../archives/store.js';
import { offersOf } from '../../distributions/offers.js';
import { servicesFor } from '../../distributions/services.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { Accounts } from '../../model/lock-half.js';
import type { Plan, PlannedPackage, Step } from '../../model/plan.js';
import { type Progress, silent, stage } from '../../model/progress.js';
import type { Resource } from '../../model/resource.js';
import { shellWords } from '../../model/shell-words.js';
import type { Base, BaseSystem } from '../../packaging/base-system.js';
import { addAccounts } from '../../packaging/host-accounts.js';
import { customize, describe } from '../../planning/customize.js';
import { withArtifacts } from '../../planning/fetched.js';
import type { Specification } from '../../spec/specification.js';
import { type BuiltTree, fetchedPackage } from '../build-tree.js';
import { missingPackages, requireBaseOf, unfit } from './installed.js';
import { isMade, missingAccounts, missingEntries } from './lacking.js';

export interface AdoptOptions {
  readonly spec: Specification;
  readonly plan: Plan;
  readonly base: BaseSystem;
  /** What the environment stands on. */
  readonly system: Base;
  readonly backend: Backend;
  /** The machine that is to be the environment. */
  readonly host: Machine;
  /** This machine, which fetches. */
  readonly here: Machine;
  readonly store: ContentFolder;
  readonly require?: Requirement | undefined;
  readonly offline?: boolean;
  readonly build?: Build;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Makes the resource, of an empty tree. */
  readonly place: (tree: Readable) => Promise<Resource>;
  /** Asked before anything is changed; throws where that is not wanted. */
  readonly agree: (changes: readonly string[]) => Promise<void>;
}

interface Changes extends Accounts {
  readonly packages: readonly PlannedPackage[];
  readonly entries: Additions['entries'];
  /** All that is done, in order, with what is there already among what it puts in place. */
  readonly steps: readonly Step[];
}

/**
 * Makes a host into an environment: what it lacks of it is added, by the steps that build the environment elsewhere, and
 * nothing that it has is changed. Where that cannot be, nothing is done.
 */
export async function adoptHost(options: AdoptOptions): Promise<BuiltTree> {
  const { spec, plan, base, system, host, here, store, backend, progress = silent, signal } = options;
  const cancel = signal ? { signal } : {};
  await requireBaseOf(system, host);
  const packages = await missingPackages(plan.bootstrap.packages, host);
  const others = await missingPackages(plan.artifacts, host);
  if (packages.length > 0 && !base.installLive) {
    throw new ReproError('not-ready', `packages of ${system.distribution} cannot be added to ${host.label}`, {
      remedy: 'build the environment beside it: --backend rootfs, or HOST:rootfs',
    });
  }
  const wanted = [...packages, ...others];
  const artifacts = await fetchArtifacts(wanted, {
    ...{ store, contents: spec.contents, host: here, offers: offersOf(here), services: servicesFor, progress },
    ...{
      standIns: spec.standIns,
      require: options.require,
      offline: options.offline ?? false,
      ...(options.build && { build: options.build }),
      ...cancel,
    },
  });
  const nearest = wanted.filter((each) => artifacts.get(each)?.version !== undefined);
  if (nearest.length > 0)
    throw unfit(`only other versions can be had of ${nearest.map(({ name }) => name).join(', ')}`);
  const left = undone(plan, others).filter((step) => !('path' in step && base.isRecord?.(step.path)));
  const { steps, contents } = withArtifacts({ ...plan, customize: left }, artifacts, spec.contents);
  const entries = await missingEntries(steps, contents, host, signal);
  const accounts = await missingAccounts(spec.lock?.distributions ?? [], host);
  const isChanged = packages.length + others.length + entries.length > 0;
  const changes = { packages, entries, ...accounts, steps: await needed(steps, isChanged, host) };
  await options.agree(inWords(changes));
  const resource = await options.place(Readable.from([]));
  await backend.adopt?.(resource, host, additionsOf(changes, system));
  await addAccounts(accounts, host);
  if (packages.length > 0) {
    const install = async () =>
      base.installLive?.(packages, { machine: host, artifacts, epoch: plan.bootstrap.epoch, ...cancel });
    await stage(progress, 'install packages', install, { total: packages.length, unit: 'packages' });
  }
  const paths = new Set(entries.map(({ path }) => path));
  const putting = { wanted: (path: FilePath) => paths.has(path), progress, ...cancel };
  const outcomes = await customize(host, changes.steps, contents, putting);
  return { resource, fetched: wanted.flatMap((each) => fetchedPackage(each, artifacts)), steps: outcomes };
}

/** Where nobody can be asked. */
export async function refuseChange(changes: readonly string[]): Promise<void> {
  if (changes.length > 0) throw new ReproError('usage', 'nobody agreed to changes of the machine itself');
}

/** A tree that is whole is of no use to a machine that is there. */
export function refuseTree(backend: string, { from, imageOnly, spec }: RefusedOptions): void {
  if (from === undefined && !imageOnly && !spec.manifest.base.tree) return;
  throw new ReproError('usage', `${backend} is a machine that is there, and takes no finished system`, {
    remedy: 'use another backend, such as rootfs',
  });
}

interface RefusedOptions {
  readonly from?: unknown;
  readonly imageOnly?: boolean;
  readonly spec: Specification;
}

/** Without what would put the artifacts in place that are there. */
function undone({ customize: steps, artifacts }: Plan, missing: readonly PlannedPackage[]): Step[] {
  const there = new Set(
    artifacts.filter((each) => !missing.includes(each)).map(({ artifact }) => artifact.digest?.value),
  );
  return steps.filter((step) => !('content' in step) || !there.has(step.content));
}

/** What is the host's is not removed; and where it has all, no command need put it right. */
async function needed(steps: readonly Step[], isChanged: boolean, host: Machine): Promise<Step[]> {
  const chosen: Step[] = [];
  for (const step of steps) {
    if (step.kind === 'remove' || (step.kind === 'run' && !isChanged)) continue;
    if (step.kind === 'replay' && (await isMade(step, host))) continue;
    chosen.push(step);
  }
  return chosen;
}

function inWords({ packages, entries, users, groups, steps }: Changes): string[] {
  return [
    ...groups.map(({ name, gid }) => `add the group ${name} (${gid})`),
    ...users.map(({ name, uid }) => `add the user ${name} (${uid})`),
    ...packages.map(({ distribution, name, version }) => `install ${distribution} ${name} ${version}`),
    ...entries.map(({ path, type }) => `put the ${type === 'symlink' ? 'link' : type} ${showPath(path)}`),
    ...steps.filter(isCommand).map(describe),
  ];
}

function additionsOf({ packages, entries, users, groups, steps }: Changes, { distribution }: Base): Additions {
  return {
    distribution,
    packages,
    entries: entries.map(({ path, type, target, hash }) => ({
      ...{ path, type },
      ...(target !== undefined && { target }),
      ...(hash !== undefined && { hash }),
    })),
    users: users.map(({ name }) => name),
    groups: groups.map(({ name }) => name),
    commands: steps.filter(isCommand).map(({ argv }) => shellWords(argv)),
  };
}

function isCommand(step: Step): step is Extract<Step, { readonly kind: 'run' | 'replay' }> {
  return step.kind === 'run' || step.kind === 'replay';
}
