import { ReproError } from '../../errors.js';
import { closureOf, conflictsOf, fits, groundOf, PackageIndex, type Relation, relationsOf } from './closure.js';
import type { ApkPackage } from './database.js';
import { compareVersions } from './versions.js';

export interface Chosen {
  readonly packages: readonly ApkPackage[];
  readonly used: ReadonlySet<ApkPackage>;
  readonly needs: ReadonlyMap<ApkPackage, ReadonlySet<ApkPackage>>;
}

/** Packages with their versions as they were before. */
export type Known = readonly Pick<ApkPackage, 'name' | 'version'>[];

/**
 * Of each package the version that it had where all can be had with those, else the newest, of what is asked for the
 * newest that is wanted; with all that these and a small system need, and what comes by itself with them (install_if).
 */
export function choosePackages(
  requests: readonly Relation[],
  available: readonly ApkPackage[],
  known: Known = [],
): Chosen {
  try {
    return choose(requests, available, new Map(known.map(({ name, version }) => [name, version])));
  } catch (error) {
    if (known.length === 0 || !(error instanceof ReproError)) throw error;
    return choose(requests, available, new Map());
  }
}

function choose(
  requests: readonly Relation[],
  available: readonly ApkPackage[],
  known: ReadonlyMap<string, string>,
): Chosen {
  const index = new PackageIndex({ packages: best(requests, available, known) }, () => []);
  const used = new Set(requests.map((request) => requested(request, index, available)));
  const shell = index.satisfying({ name: '/bin/sh', operator: '', version: '' }).slice(0, 1);
  const asked = new Set([...used, ...groundOf(index), ...shell]);
  for (;;) {
    const { packages, needs, problems } = closureOf(asked, index);
    const [problem] = [...problems].flatMap(([{ name }, sentences]) => sentences.map((text) => `${name}: ${text}`));
    if (problem !== undefined) throw unmet(problem.replace(', which is not installed', ', which no repository has'));
    const more = index.packages.filter((each) => !packages.includes(each) && comesWith(each, packages));
    for (const each of more) asked.add(each);
    if (more.length > 0) continue;
    refuseConflicts(packages);
    return { packages, used, needs };
  }
}

function best(
  requests: readonly Relation[],
  available: readonly ApkPackage[],
  known: ReadonlyMap<string, string>,
): ApkPackage[] {
  const wanted = new Map(requests.map((request) => [request.name, request]));
  const found = new Map<string, ApkPackage>();
  for (const each of available) {
    const { name, version } = each;
    const request = wanted.get(name);
    const other = found.get(name);
    if ((request && !fits(version, request)) || (!request && other && other.version === known.get(name))) continue;
    const isAsBefore = !request && version === known.get(name);
    if (!other || isAsBefore || compareVersions(version, other.version) > 0) found.set(name, each);
  }
  return [...found.values()];
}

function requested(request: Relation, index: PackageIndex, available: readonly ApkPackage[]): ApkPackage {
  const [found] = index.satisfying(request);
  if (found) return found;
  const { name, operator, version } = request;
  const versions = available.filter((each) => each.name === name).map((each) => each.version);
  throw new ReproError('not-rebuildable', `No repository has ${name}${operator}${version}.`, {
    where: name,
    remedy:
      versions.length > 0
        ? `Take one of these versions: ${versions.join(', ')}.`
        : 'Check the name, or name a repository that has it in REPROMAN_APK_REPOSITORIES.',
  });
}

/** Whether everything is there that makes it come without being asked for. */
function comesWith(each: ApkPackage, packages: readonly ApkPackage[]): boolean {
  const conditions = relationsOf(each, 'i');
  return conditions.length > 0 && conditions.every((condition) => packages.some((one) => provides(one, condition)));
}

function refuseConflicts(packages: readonly ApkPackage[]): void {
  for (const each of packages) {
    for (const conflict of conflictsOf(each)) {
      const other = packages.find((one) => one !== each && provides(one, conflict));
      if (other) throw unmet(`${each.name} cannot be there beside ${other.name} ${other.version}.`);
    }
  }
}

function provides(each: ApkPackage, relation: Relation): boolean {
  const own = { name: each.name, version: each.version };
  return [own, ...relationsOf(each, 'p')].some(
    ({ name, version }) => name === relation.name && fits(version, relation),
  );
}

function unmet(sentence: string): ReproError {
  return new ReproError('not-rebuildable', sentence, {
    where: 'apk',
    remedy: 'Ask for another version, or name a repository that has what is needed in REPROMAN_APK_REPOSITORIES.',
  });
}
