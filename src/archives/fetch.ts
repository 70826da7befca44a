import { ReproError } from '../errors.js';
import { isWeak } from '../hash.js';
import type { PlannedPackage } from '../model/plan.js';
import { type Progress, silent } from '../model/progress.js';
import { type Built, foundBuild } from './build.js';
import { forEachConcurrently } from './concurrency.js';
import { openHttpClient } from './http.js';
import { type Found, Ladder, type LadderContext, type Rung, type Wanted } from './ladder.js';
import type { Requirement } from './sameness.js';
import { type Inquiry, inquiriesFor, politeConnections } from './service.js';
import { findBrought, findStandIn, findSurest, noteStandIn, type UsableStandIn, whyNotBrought } from './stand-ins.js';

/** An artifact with where it came from, and why no better place would do. */
export interface Fetched extends Found {
  /** The places that were tried in vain, each with its reason. */
  readonly tried: readonly string[];
}

export interface FetchContext extends LadderContext {
  readonly progress?: Progress;
}

const connections = 8;

/**
 * Finds every package's artifact on the ladder: store, caches of the machine, the traced archives, the machine's own
 * archives, services that keep what archives have dropped, the copy that was repacked; then, where that is enough, what
 * the spec brings instead, what stood in for it before, it is built from its source, or the nearest version is taken. All
 * that is got is verified by hash; what nobody has is named all at once.
 */
export async function fetchArtifacts(
  packages: readonly PlannedPackage[],
  context: FetchContext,
): Promise<Map<PlannedPackage, Fetched>> {
  const { progress = silent, signal, host, store, offline = false, require = 'exact' } = context;
  const { services, build } = offline ? {} : context;
  const stage = 'fetch packages';
  const total = packages.reduce((sum, planned) => sum + (planned.artifact.size ?? 0), 0);
  progress({ kind: 'begin', stage, total, unit: 'bytes' });
  using client = openHttpClient({ connections });
  const ladder = new Ladder(context, client);
  const found = new Map<PlannedPackage, Fetched>();
  const tried = new Map(packages.map((planned) => [planned, [] as string[]]));
  const left = () => packages.filter((planned) => !found.has(planned));
  let done = 0;
  /** One step of the ladder, for those that no step before it has. */
  const step = async (those: readonly PlannedPackage[], limit: number, take: Take): Promise<void> => {
    await forEachConcurrently(those, limit, async (planned) => {
      signal?.throwIfAborted();
      let received = 0;
      const advance = (bytes: number) => {
        received += bytes;
        done += bytes;
        progress({ kind: 'advance', stage, done });
      };
      const reasons = tried.get(planned) ?? [];
      const taken = await take({ planned, tried: reasons, advance });
      advance((taken ? (planned.artifact.size ?? 0) : 0) - received);
      if (taken) found.set(planned, { ...taken, tried: reasons });
    });
    signal?.throwIfAborted();
  };
  await step(packages, connections, (wanted) => ladder.near(wanted));
  await step(left(), connections, async ({ planned }) => asFound(await findSurest(planned, context, require)));
  const inquiries = inquiriesFor((left().length > 0 && (await services?.(left(), host))) || [], require);
  const ask = async (those: readonly Inquiry[]): Promise<void> => {
    for (const inquiry of those) {
      const wanting = inquiry.packages.filter((planned) => !found.has(planned));
      if (wanting.length === 0) continue;
      const located = await ladder.ask({ ...inquiry, packages: wanting }, tried);
      const { rung } = inquiry.service;
      await step(wanting, politeConnections, async (wanted) => {
        const served = await ladder.served(wanted, rung, located.get(wanted.planned) ?? []);
        if (served && served.sameness !== 'exact')
          await noteStandIn(wanted.planned, { evidence: '', ...served, rung, sameness: served.sameness }, store);
        return served;
      });
    }
  };
  await ask(inquiries.filter(({ service }) => service.rung !== 'nearest'));
  const repacked = left().filter(({ artifact: { content, digest } }) => content !== digest?.value);
  await step(repacked, connections, (wanted) => ladder.copy(wanted));
  const stoodIn = async ({ planned }: Wanted, requirement: Requirement) =>
    asFound((await findBrought(planned, context, requirement)) ?? (await findStandIn(planned, store, requirement)));
  if (require !== 'exact') await step(left(), connections, (wanted) => stoodIn(wanted, 'same-source'));
  for (const planned of left()) {
    tried.get(planned)?.push(...whyNotBrought(planned, context, require));
    if (planned.artifact.key !== undefined) tried.get(planned)?.push(whyUnknown(context));
  }
  const mayBuild = build !== undefined && require !== 'exact' && left().length > 0;
  const built = mayBuild ? await build(left(), ladder.asking(tried)) : new Map<PlannedPackage, Built>();
  await step([...built.keys()], connections, async ({ planned }) => {
    const one = built.get(planned);
    return one && foundBuild(planned, one, store);
  });
  await ask(inquiries.filter(({ service }) => service.rung === 'nearest'));
  await step(left(), connections, (wanted) => stoodIn(wanted, require));
  if (left().length > 0) throw notRebuildable(left().map((planned) => ({ planned, tried: tried.get(planned) ?? [] })));
  progress({ kind: 'end', stage, message: summary([...found.values()]) });
  return found;
}

type Take = (wanted: Wanted) => Promise<Found | undefined>;

/** What was taken before in its place, as it was found then. */
function asFound(before: UsableStandIn | undefined): Found | undefined {
  if (!before) return undefined;
  const { version, ...found } = before;
  return { ...found, from: found.file, verifiedBy: 'sha256', ...(version !== undefined && { version }) };
}

/** Of a package that is known by its version alone. */
function whyUnknown({ require = 'exact', offline = false, build }: FetchContext): string {
  if (require === 'exact') return `${unknown}: it may be had by its version, or built (--require same-source)`;
  if (offline) return `${unknown}, and this machine has nothing that was had by its version or built before`;
  return build
    ? `${unknown}, and no archive that was asked has it by its version`
    : `${unknown}, and it is not built here`;
}

const unknown = 'the lock does not know its hash';

const shownPackages = 12;

function notRebuildable(
  failures: readonly { readonly planned: PlannedPackage; readonly tried: readonly string[] }[],
): ReproError {
  const ordered = failures.toSorted((a, b) => (a.planned.name < b.planned.name ? -1 : 1));
  const byReason = new Map<string, string[]>();
  for (const { planned, tried } of ordered) {
    const reasons = tried.length > 0 ? tried : ['no archive, and no copy in environment.d, is known for it'];
    const reason = [...new Set(reasons)].join('; ');
    const { version, architecture } = planned;
    const name = `${planned.name} ${version}${architecture === undefined ? '' : ` (${architecture})`}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  const names = [...byReason].map(([reason, those]) => {
    const more = those.length > shownPackages ? ` and ${those.length - shownPackages} more` : '';
    return `${those.slice(0, shownPackages).join(', ')}${more}: ${reason}`;
  });
  const count = failures.length === 1 ? 'One package' : `${failures.length} packages`;
  return new ReproError('not-rebuildable', `${count} cannot be had exactly: ${names.join('. ')}.`, {
    remedy:
      'Trace again with --repack all where the package is installed, or add an archive that has it to the sources of this machine.',
  });
}

/** Steps that say themselves that it is not the very one. */
const elsewhere: readonly Rung[] = ['built', 'nearest'];

function summary(found: readonly Found[]): string {
  const words: Readonly<Record<Rung, string>> = {
    store: 'in the store',
    contents: 'repacked',
    cache: 'from caches of this machine',
    archive: 'from the traced archives',
    'own-archive': "from this machine's archives",
    snapshot: 'from dated snapshots',
    'old-builds': 'from archives of old builds',
    built: 'built from source',
    nearest: 'of another version',
  };
  const told = Object.entries(words).flatMap(([rung, place]) => {
    const count = found.filter((each) => each.rung === rung).length;
    return count > 0 ? [`${count} ${place}`] : [];
  });
  const weak = found.filter(({ verifiedBy }) => isWeak(verifiedBy)).length;
  const unproved = found.filter(({ sameness, rung }) => sameness !== 'exact' && !elsewhere.includes(rung)).length;
  if (unproved > 0) told.push(`${unproved} of them by name and version, as the lock has no hash of them`);
  if (weak > 0) told.push(`${weak} of them known by an MD5 or SHA-1 only, which is no proof of what they are`);
  return `${found.length} packages: ${told.join(', ')}`;
}
