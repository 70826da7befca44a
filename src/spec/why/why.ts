import { explainRule } from '../../distributions/explain.js';
import { ReproError } from '../../errors.js';
import { createResolver } from '../../machines/resolver.js';
import type { FileEntry } from '../../model/file-entry.js';
import { baseName, comparePaths, type FilePath, isWithin, parsePath, showPath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import { hostNeedOf, needKey } from '../host/needs.js';
import { describeNeed } from '../host/words.js';
import { loadNeverCarry } from '../secrets/never-carry.js';
import type { AccessRecord, Specification } from '../specification.js';
import { fateOf, provenanceOf } from './fate.js';
import { type LockedPackage, type Needs, needsOf } from './needs.js';
import { type RecordedUse, type Records, readRecords, usesOfPackage, usesOfPath } from './uses.js';

/** Why a path is in the environment, or why it is not. */
export interface WhyPath {
  readonly path: string;
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

export type Why = WhyPath | WhyPackage;

const shownUses = 3;

/** Explains what a spec has by a name: of packages all that have it, else a path, else paths that end in it. */
export async function explainWhy(spec: Specification, what: string, folder: FilePath): Promise<Why[]> {
  const records = await readRecords(spec);
  const lock = spec.lock ?? spec.stale;
  const needs = lock ? await needsOf(lock) : undefined;
  const packages = needs?.packages.filter((each) => isCalled(each, what)) ?? [];
  if (needs && packages.length > 0) return packages.map((each) => whyPackage(each, needs, records));
  const asked = what.startsWith('/') ? parsePath(what) : parsePath(`${showPath(folder)}/${what}`);
  const own = usesOfPath(records, asked);
  const found = own.length > 0 ? own : await throughLinks(spec, records, asked);
  if (found.length > 0) return [await whyPath(asked, found, { spec, needs, records })];
  const named = what.includes('/') ? [] : pathsCalled(what, records);
  if (named.length === 0) throw await notThere(spec, what, asked, records);
  return Promise.all(named.map((path) => whyPath(path, usesOfPath(records, path), { spec, needs, records })));
}

/** `name`, `name=version`, `name:architecture`, each maybe after `distribution:`. */
function isCalled({ distribution, name, version, architecture }: LockedPackage, what: string): boolean {
  const names = [name, `${name}=${version}`, ...(architecture === undefined ? [] : [`${name}:${architecture}`])];
  return names.some((each) => each === what || `${distribution}:${each}` === what);
}

function whyPackage(each: LockedPackage, needs: Needs, records: Records): WhyPackage {
  const uses = usesOfPackage(records, each);
  const chain = needs.chainTo(each)?.map((link, at): ChainLink => {
    const [use] = at === 0 ? usesOfPackage(records, link) : [];
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
  const there = found.filter((access) => access.uses.some((use) => use !== 'absent'));
  const known = there.find((access) => access.path === path) ?? there[0];
  if (known === undefined) {
    const { owner } = found[0] as AccessRecord;
    return { path: showPath(path), class: 'absent', uses, ...packageOf(owner.package, needs, records) };
  }
  const { owner } = known;
  const because = (await explainRule(owner)) ?? (owner.rule && (await loadNeverCarry()).why(owner.rule));
  const names = [path, known.resolved ?? path, owner.path];
  const fate = fateOf(spec, names, owner);
  return {
    path: showPath(path),
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
  const locked = needs?.packages.find(
    (each) =>
      each.distribution === of?.distribution &&
      each.name === of.name &&
      (each.architecture ?? of.architecture) === of.architecture &&
      (each.at === undefined || of.at === undefined || each.at === showPath(of.at)),
  );
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

function pathsCalled(name: string, { accesses }: Records): FilePath[] {
  const found = accesses.flatMap(({ path, uses }) =>
    baseName(path) === name && uses.some((use) => use !== 'absent') ? [path] : [],
  );
  return [...new Set(found)].sort(comparePaths).slice(0, mostNamed);
}

async function notThere(
  spec: Specification,
  what: string,
  asked: FilePath,
  { accesses }: Records,
): Promise<ReproError> {
  const below = accesses.filter(({ path }) => path !== asked && isWithin(path, asked)).slice(0, mostNamed);
  const where = spec.file;
  if (below.length > 0) {
    const remedy = `below it these were used, for example: ${below.map(({ path }) => showPath(path)).join(', ')}`;
    return new ReproError('usage', `no run used ${what} itself`, { where, remedy });
  }
  for await (const { path } of spec.snapshot()) {
    if (path !== asked) continue;
    return new ReproError('usage', `no run used ${what}; it is there because a package of the environment brings it`, {
      where,
      remedy: 'ask for the package',
    });
  }
  const remedy = 'ask for a path as a run used it, or for a package as lock.json names it';
  return new ReproError('usage', `the spec has no package ${JSON.stringify(what)}, and no run used such a path`, {
    where,
    remedy,
  });
}
