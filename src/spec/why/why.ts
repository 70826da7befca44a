import { explainRule } from '../../distributions/explain.js';
import { createResolver } from '../../machines/resolver.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, normalizePath, parsePath, showPath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import { hostNeedOf, needKey } from '../host/needs.js';
import { describeNeed } from '../host/words.js';
import { loadNeverCarry } from '../secrets/never-carry.js';
import type { AccessRecord, Specification } from '../specification.js';
import { fateOf, provenanceOf } from './fate.js';
import { type WhyMany, whyFolder, whyKind } from './many.js';
import { packagesCalled } from './names.js';
import { type LockedPackage, type Needs, needsOf } from './needs.js';
import { notThere } from './not-there.js';
import { isThere, type RecordedUse, type Records, readRecords, usesOfPackage, usesOfPath } from './uses.js';

/** Why a path is in the environment, or why it is not. */
export interface WhyPath {
  readonly path: string;
  /** What has the owner, where that is at another place: the path is a link, or lies behind one. */
  readonly leadsTo?: string;
  /** `absent`: a run looked for it and found nothing. */
  readonly class: Owner['state'] | 'absent';
  readonly rule?: string;
  /** What the rule says. */
  readonly because?: string;
  readonly onCreate?: 'regenerate' | 'carry';
  /** What becomes of it, of what no package has as it is. */
  readonly fate?: string;
  /** Where it is from, and what manages it, as far as the origin said. */
  readonly from?: string;
  readonly managed?: string;
  /** What it asks of the machine that runs. */
  readonly host?: string;
  readonly uses: readonly RecordedUse[];
  readonly package?: WhyPackage;
}

/** Why a package is in the environment. */
export interface WhyPackage extends Omit<LockedPackage, 'problems'> {
  readonly problems: readonly string[];
  /** How many paths of it were used, and the most telling of them. */
  readonly usedPaths: number;
  readonly uses: readonly RecordedUse[];
  /** From a used package to this one; absent where no package that is used needs it. */
  readonly chain?: readonly ChainLink[];
  /** Packages that cannot do without it. */
  readonly dependents: readonly string[];
  /** Whether the lock says what needs what. */
  readonly needsAreKnown: boolean;
}

export interface ChainLink {
  readonly name: string;
  readonly version: string;
  readonly distribution: string;
  /** Of the first: the path of it that was used. */
  readonly use?: RecordedUse;
}

export type Why = WhyPath | WhyPackage | WhyMany;

const shownUses = 3;

/**
 * Explains what a spec has by a name: of packages all that have it, and a kind of packages; else a path, or what is
 * below it; else paths that end in it.
 */
export async function explainWhy(spec: Specification, what: string, folder: FilePath): Promise<Why[]> {
  const records = await readRecords(spec);
  const lock = spec.lock ?? spec.stale;
  const needs = lock ? await needsOf(lock) : undefined;
  const packages = packagesCalled(what, needs?.packages ?? []);
  const kind = needs && whyKind(what, needs, records);
  if (needs && (packages.length > 0 || kind)) {
    return [...packages.map((each) => whyPackage(each, needs, records)), ...(kind ? [kind] : [])];
  }
  const asked = normalizePath(what.startsWith('/') ? parsePath(what) : parsePath(`${showPath(folder)}/${what}`));
  const own = usesOfPath(records, asked);
  const found = own.length > 0 ? own : await throughLinks(spec, records, asked);
  if (found.length > 0) return [await whyPath(asked, found, { spec, needs, records })];
  const below = whyFolder(asked, needs, records);
  if (below) return [below];
  const named = pathsCalled(what, records);
  if (named.length === 0) throw await notThere({ spec, what, asked, packages: needs?.packages ?? [], records });
  return Promise.all(named.map((path) => whyPath(path, usesOfPath(records, path), { spec, needs, records })));
}

function whyPackage(each: LockedPackage, needs: Needs, records: Records): WhyPackage {
  const uses = usesOfPackage(records, each, needs);
  const chain = needs.chainTo(each)?.map((link, at): ChainLink => {
    const [use] = at === 0 ? usesOfPackage(records, link, needs) : [];
    const { name, version, distribution } = link;
    return { name, version, distribution, ...(use ? { use: records.describe(use) } : {}) };
  });
  return {
    ...each,
    usedPaths: uses.length,
    uses: uses.slice(0, shownUses).map(records.describe),
    ...(chain ? { chain } : {}),
    dependents: needs.dependents(each).map(({ name }) => name),
    needsAreKnown: needs.areKnown,
  };
}

interface Context {
  readonly spec: Specification;
  readonly needs: Needs | undefined;
  readonly records: Records;
}

async function whyPath(path: FilePath, found: readonly AccessRecord[], context: Context): Promise<WhyPath> {
  const { spec, needs, records } = context;
  const uses = found.map(records.describe);
  const there = found.filter(isThere);
  const known = there.find((access) => access.path === path) ?? there[0];
  if (known === undefined) {
    const { owner } = found[0] as AccessRecord;
    return { path: showPath(path), class: 'absent', uses, ...packageOf(owner.package, needs, records) };
  }
  const { owner } = known;
  const because = (await explainRule(owner)) ?? (owner.rule && (await loadNeverCarry()).why(owner.rule));
  const names = [path, known.resolved ?? path, owner.path];
  const fate = fateOf(spec, names, owner);
  const leadsTo = [known.resolved, owner.path].find((place) => place !== undefined && place !== path);
  return {
    path: showPath(path),
    ...(leadsTo === undefined ? {} : { leadsTo: showPath(leadsTo) }),
    class: owner.state,
    ...(owner.rule === undefined ? {} : { rule: owner.rule }),
    ...(because ? { because } : {}),
    ...(owner.onCreate ? { onCreate: owner.onCreate } : {}),
    ...(fate === undefined ? {} : { fate }),
    ...provenanceOf(spec, names),
    ...askedOfHost(spec, known),
    uses,
    ...packageOf(owner.package, needs, records),
  };
}

function askedOfHost({ manifest: { host = [] } }: Specification, access: AccessRecord): { host?: string } {
  const own = hostNeedOf(access);
  const need = own && host.find((each) => needKey(each) === needKey(own));
  return need ? { host: describeNeed(need) } : {};
}

function packageOf(of: PackageRef | undefined, needs: Needs | undefined, records: Records): { package?: WhyPackage } {
  const locked = needs?.named(of);
  return needs && locked ? { package: whyPackage(locked, needs, records) } : {};
}

/** The way that the environment's own links lead. */
async function throughLinks(spec: Specification, records: Records, asked: FilePath): Promise<AccessRecord[]> {
  const entries = new Map<FilePath, FileEntry>();
  for await (const entry of spec.snapshot()) entries.set(entry.path, entry);
  const { path } = createResolver((place) => entries.get(place))(asked);
  return path === asked ? [] : usesOfPath(records, path);
}

const mostNamed = 5;

function pathsCalled(end: string, { accesses }: Records): FilePath[] {
  const wanted = `/${parsePath(end)}`;
  const found = accesses.filter((access) => access.path.endsWith(wanted) && isThere(access)).map(({ path }) => path);
  return [...new Set(found)].sort(comparePaths).slice(0, mostNamed);
}
