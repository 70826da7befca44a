import { createHash } from 'node:crypto';
import { reasonOf } from '../errors.js';
import { type Digest, type Sha256, sha256OfStream } from '../hash.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { PlannedPackage } from '../model/plan.js';
import { type Progress, silent as quiet } from '../model/progress.js';
import { forEachConcurrently } from './concurrency.js';
import { type HttpClient, openHttpClient } from './http.js';
import type { LadderContext, Offer, Rung } from './ladder.js';
import { peek, type Seen } from './peek.js';
import { expectedAt, type Requirement } from './sameness.js';
import { inquiriesFor, locateAt, type Place, politeConnections } from './service.js';
import { findBrought, findStandIn, findSurest, type UsableStandIn, whyNotBrought } from './stand-ins.js';

/**
 * What is left of an artifact: `carried` in the spec, `present` where it was traced from, `vanishing` where only other
 * archives or services have it, `only-here` in this machine's store or caches; `unknown` where who may have it cannot be
 * asked, else `gone`.
 */
export type State = 'carried' | 'present' | 'vanishing' | 'only-here' | 'unknown' | 'gone';

/** One artifact, without getting it. */
export interface Availability {
  readonly planned: PlannedPackage;
  readonly state: State;
  /** The first step of the ladder that has it. */
  readonly rung?: Rung;
  readonly from?: string;
  /** How far it is known to be the very one. */
  readonly evidence?: string;
  /** Why the steps before do not count. */
  readonly tried: readonly string[];
}

export interface AvailabilityContext extends LadderContext {
  /** Get what is at addresses and hash it, without keeping it. */
  readonly download?: boolean | undefined;
  readonly progress?: Progress;
}

interface Asking extends AvailabilityContext {
  readonly client: HttpClient;
  /** Servers that did not answer once: nothing else is asked of them. */
  readonly down: Map<string, Seen>;
}

const connections = 8;
const stageName = 'ask for packages';

interface Step {
  readonly rung: Rung;
  readonly from: string;
  readonly evidence: string;
}

/** One package on the way down: what has it here, what elsewhere, and whether somebody could not be asked. */
interface Asked {
  readonly planned: PlannedPackage;
  readonly tried: string[];
  here?: Step | undefined;
  carried?: Step | undefined;
  elsewhere?: Step | undefined;
  isSilent: boolean;
}

/** Which step of the ladder has each package, asked without downloading: nothing is kept. */
export async function findAvailable(
  packages: readonly PlannedPackage[],
  context: AvailabilityContext,
): Promise<Availability[]> {
  const { progress = quiet, signal } = context;
  using client = openHttpClient({ connections });
  const asking: Asking = { ...context, client, down: new Map() };
  const asked = packages.map((planned): Asked => ({ planned, tried: [], isSilent: false }));
  progress({ kind: 'begin', stage: stageName, total: packages.length, unit: 'packages' });
  let done = 0;
  await forEachConcurrently(asked, connections, async (one) => {
    signal?.throwIfAborted();
    await askNear(one, asking);
    progress({ kind: 'advance', stage: stageName, done: ++done });
  });
  await askServices(asked, asking);
  for (const one of asked) one.here ??= await stoodIn(one, asking);
  const result = asked.map(judge);
  progress({ kind: 'end', stage: stageName });
  return result;
}

/** The steps in words for people, by how many packages each state has. */
export function summary(found: readonly Availability[]): string {
  const words: Readonly<Record<State, string>> = {
    carried: 'in the spec itself',
    present: 'where they were traced from',
    vanishing: 'in other archives only',
    'only-here': 'on this machine only',
    unknown: 'not to be asked for',
    gone: 'nowhere',
  };
  const counts = Object.entries(words).map(([state, place]) => {
    const count = found.filter((each) => each.state === state).length;
    return count > 0 ? `${count} ${place}` : '';
  });
  return `${found.length} packages: ${counts.filter(Boolean).join(', ')}`;
}

async function askNear(one: Asked, context: Asking): Promise<void> {
  const { artifact } = one.planned;
  const { digest, content, urls } = artifact;
  one.carried = content === undefined ? undefined : await inSpec(one, content, context);
  if (digest === undefined) {
    one.here = stepOf(await findSurest(one.planned, context, context.require));
    return;
  }
  const offer = await context.offers?.(one.planned);
  one.tried.push(...(offer?.unread ?? []));
  one.here = (await inStore(digest, context)) ?? (await inCaches(one, digest, offer, context));
  const at = (those: readonly string[]) => those.map((url): Place => ({ url, evidence: '' }));
  one.elsewhere =
    (await firstOf(one, 'archive', at(urls), context)) ??
    (await firstOf(one, 'own-archive', at(offer?.urls ?? []), context));
}

/** What is taken in its place: of the same source before the nearest at a service, of another version after that. */
async function stoodIn({ planned, tried, carried, elsewhere }: Asked, context: Asking): Promise<Step | undefined> {
  const { store, require = 'exact' } = context;
  if (carried || (elsewhere && elsewhere.rung !== 'nearest')) return undefined;
  tried.push(...whyNotBrought(planned, context, require));
  const find = async (least: Requirement) =>
    stepOf((await findBrought(planned, context, least)) ?? (await findStandIn(planned, store, least)));
  const same = require === 'exact' ? undefined : await find('same-source');
  return same ?? (elsewhere ? undefined : await find(require));
}

function stepOf(before: UsableStandIn | undefined): Step | undefined {
  return before && { rung: before.rung, from: before.file, evidence: before.evidence };
}

/** Services are asked for what is neither in the spec nor where it was traced from. */
async function askServices(asked: readonly Asked[], asking: Asking): Promise<void> {
  const { client, services, signal, host, contents } = asking;
  const lost = asked.filter(({ carried, elsewhere }) => !carried && elsewhere?.rung !== 'archive');
  const byPackage = new Map(lost.map((one) => [one.planned, one]));
  const lacks = (planned: PlannedPackage, reason: string) => void byPackage.get(planned)?.tried.push(reason);
  const silent = (planned: PlannedPackage, reason: string) => {
    lacks(planned, reason);
    const one = byPackage.get(planned);
    if (one) one.isSilent = true;
  };
  const inquiries = lost.length > 0 ? await services?.([...byPackage.keys()], host) : undefined;
  for (const inquiry of inquiriesFor(inquiries ?? [], asking.require)) {
    const located = await locateAt(inquiry, { client, host, contents, lacks, silent, ...(signal && { signal }) });
    await forEachConcurrently([...located], politeConnections, async ([planned, places]) => {
      const one = byPackage.get(planned);
      if (one && !one.elsewhere) one.elsewhere = await firstOf(one, inquiry.service.rung, places, asking);
    });
  }
}

async function inSpec(one: Asked, content: Sha256, { contents }: AvailabilityContext): Promise<Step | undefined> {
  const found = (await contents.has(content)) ? (await sha256OfStream(contents.open(content))).hash : undefined;
  if (found === content) return { rung: 'contents', from: 'environment.d', evidence: 'a copy comes with the spec' };
  one.tried.push(`environment.d: the copy ${content} is ${found === undefined ? 'missing' : 'damaged'}`);
  return undefined;
}

async function inStore(digest: Digest, { store }: AvailabilityContext): Promise<Step | undefined> {
  const sha256 = await store.known(digest);
  if (sha256 === undefined || !(await store.isSound(sha256))) return undefined;
  return { rung: 'store', from: await store.locate(sha256), evidence: 'hashed again' };
}

async function inCaches(
  one: Asked,
  { algorithm, value }: Digest,
  offer: Offer | undefined,
  { host }: AvailabilityContext,
): Promise<Step | undefined> {
  const hashOf = async (path: FilePath): Promise<string> => {
    const content = host.files.stream(path) as AsyncIterable<Uint8Array>;
    if (algorithm === 'sha256') return (await sha256OfStream(content)).hash;
    const hash = createHash(algorithm);
    for await (const chunk of content) hash.update(chunk);
    return hash.digest('hex');
  };
  for (const path of offer?.files ?? []) {
    try {
      if ((await hashOf(path)) === value) return { rung: 'cache', from: showPath(path), evidence: 'hashed' };
      one.tried.push(`${showPath(path)}: it is another file`);
    } catch (error) {
      one.tried.push(`${showPath(path)}: ${reasonOf(error)}`);
    }
  }
  return undefined;
}

/** The first place that has it, as far as can be told. */
async function firstOf(one: Asked, rung: Rung, places: readonly Place[], context: Asking): Promise<Step | undefined> {
  const { download, require, signal, client, down } = context;
  const { size } = one.planned.artifact;
  for (const place of places) {
    signal?.throwIfAborted();
    const expected = expectedAt(one.planned, place, require);
    if ('refusal' in expected) {
      one.tried.push(expected.refusal);
      continue;
    }
    const { url, evidence } = place;
    const server = URL.canParse(url) ? new URL(url).origin : url;
    const isSized = size !== undefined && expected.digest !== undefined && expected.version === undefined;
    const wanted = { ...(expected.digest && { digest: expected.digest }), ...(isSized && { size }) };
    const seen: Seen = down.get(server) ?? (await peek(url, wanted, { client, download, signal }));
    if (seen.kind === 'present')
      return { rung, from: url, evidence: [evidence, seen.evidence].filter(Boolean).join('; ') };
    if (seen.kind === 'silent') one.isSilent = true;
    if (seen.kind === 'silent' && seen.isDown) down.set(server, seen);
    one.tried.push(`${url}: ${seen.reason}`);
  }
  return undefined;
}

function judge({ planned, tried, here, carried, elsewhere, isSilent }: Asked): Availability {
  const isVery = planned.artifact.content === planned.artifact.digest?.value;
  const step = here ?? (isVery ? carried : undefined) ?? elsewhere ?? carried;
  const state = stateOf(carried, elsewhere, here, isSilent);
  return { planned, state, ...step, tried };
}

function stateOf(carried?: Step, elsewhere?: Step, here?: Step, isSilent = false): State {
  if (carried) return 'carried';
  if (elsewhere && elsewhere.rung !== 'nearest') return elsewhere.rung === 'archive' ? 'present' : 'vanishing';
  if (here) return 'only-here';
  return isSilent ? 'unknown' : 'gone';
}
