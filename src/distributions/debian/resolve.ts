import { fieldOf, formatStanza, type Stanza } from '../../archives/apt/deb822.js';
import { ReproError } from '../../errors.js';
import { stage } from '../../model/progress.js';
import type { Base } from '../../packaging/base-system.js';
import type { ResolveContext, Resolved } from '../../packaging/distribution.js';
import type { Gone } from '../../packaging/requests.js';
import { needsOf, PackageIndex } from './closure.js';
import { keysStillNeeded } from './keys.js';
import { sourceLines } from './origins.js';
import { DpkgPackage } from './package.js';
import { openPrivateApt } from './private-apt.js';
import { type Candidate, ResolveIndex } from './resolve-index.js';
import { exactDependencies, parseRequest, requestText, settleRequest } from './resolve-requests.js';
import { previousOf, sourcesAt, sourcesFor } from './resolve-sources.js';
import type { DebianArchive, DebianLock, DebianManifest, DebianPackage } from './schema.js';
import { findWhatIsThere } from './successors.js';

/** Fields of an index that say where a file is, not what the package is. */
const placeFields = /^(?:filename|size|md5sum|sha1|sha256|sha512|description-md5|tag)$/i;

/** Resolves a hand-written or edited manifest into a lock with what apt's archives have. */
export async function resolveDebian(
  manifest: DebianManifest,
  context: ResolveContext<DebianLock>,
): Promise<Resolved<DebianLock>> {
  const previous = previousOf(context.base, context.previous);
  const { previous: _other, ...rest } = context;
  const asked = { ...rest, ...(previous ? { previous } : {}) };
  const former = context.previous?.packages ?? [];
  const { lock, gone } = await stage(context.progress, 'resolve packages', () => resolve(manifest, asked, former), {
    summary: (resolved) => `${resolved.lock.packages.length} packages`,
  });
  const epoch = newestDate(lock.archives);
  // Those that run commands and own carried files are none of a release's.
  const accounts = context.previous?.accounts ?? lock.accounts;
  return { lock: { ...lock, accounts }, gone, ...(epoch === undefined ? {} : { epoch }) };
}

/** Archives hold nothing newer than their date. */
function newestDate(archives: readonly DebianArchive[]): number | undefined {
  const dates = archives.map(({ date }) => Date.parse(date ?? '')).filter((date) => Number.isFinite(date));
  return dates.length === 0 ? undefined : Math.floor(Math.max(...dates) / 1000);
}

/** `former`: what was installed before, whatever release that was of. */
async function resolve(
  manifest: DebianManifest,
  context: ResolveContext<DebianLock>,
  former: readonly DebianPackage[],
): Promise<{ lock: DebianLock; gone: readonly Gone[] }> {
  const { base, previous, host, at, signal } = context;
  const { shell } = host;
  if (!shell) throw new ReproError('not-ready', `There is no shell on ${host.label} to run apt with.`);
  const written = manifest.packages.map(parseRequest);
  const present = await sourcesFor(base, previous, host);
  const sources = at === undefined ? present : sourcesAt(present, at, process.env);
  const known = previous?.packages ?? [];
  await using apt = await openPrivateApt(shell, {
    sources,
    architecture: base.architecture,
    known: known.flatMap(knownStanza),
    ...(signal ? { signal } : {}),
  });
  const index = new ResolveIndex(host, base, sources, apt.lists);
  const { there, gone } = await findWhatIsThere(written, { index, known, former, base });
  const taken = gone.flatMap(({ instead }) => (instead === undefined ? [] : { name: instead }));
  const loose = [...there, ...taken.filter(({ name }) => !there.some((each) => each.name === name))];
  const asked = new Set(loose.map(({ name }) => name));
  const available = await index.of(new Set([...asked, 'usr-is-merged']));
  const requests = loose.map((request) => settleRequest(request, available.get(request.name) ?? [], known, base));
  const exact = await exactDependencies(requests, index);
  const preferred = [
    ...exact,
    ...known.filter(({ name }) => !asked.has(name) && !exact.some((pin) => pin.name === name)),
  ];
  const wanted = [...requests.map(requestText), ...mergedMarker(base, previous, available.has('usr-is-merged'))];
  const chosen = await apt.simulate([...wanted, '?essential'], preferred);
  const candidates = await index.of(new Set(chosen.map(({ name }) => name)));
  const all = chosen.map((choice) => {
    const same = (entry: { name?: string; version?: string; architecture?: string }) =>
      entry.name === choice.name && entry.version === choice.version && entry.architecture === choice.architecture;
    const locked = known.find(same);
    const used = asked.has(choice.name);
    if (locked) return { ...locked, used };
    const found = (candidates.get(choice.name) ?? []).filter(({ stanza }) =>
      same({ name: choice.name, ...identityOf(stanza) }),
    );
    return packageOf(choice, found, used);
  });
  const needs = needsAmong(all, base.architecture);
  const packages = all.map(({ needs: _former, ...each }) => ({ ...each, ...needs(each) }));
  return { lock: lockOf(packages, [...index.archives.values()], context), gone };
}

/** What each package needs of the others, as their control fields say. */
function needsAmong(packages: readonly DebianPackage[], native: string) {
  const seen = packages.map(({ name, version, architecture, control }) => {
    const head = { name, version, architecture, multiArch: control['Multi-Arch'] ?? 'no' };
    return new DpkgPackage(formatStanza(control), { ...head, state: 'installed', hold: false });
  });
  const needs = needsOf({ packages: seen, problems: new Map() }, new PackageIndex(seen, native));
  const byId = new Map(seen.map((each) => [each.id, each]));
  return ({ name, architecture }: Pick<DebianPackage, 'name' | 'architecture'>): Pick<DebianPackage, 'needs'> => {
    const own = byId.get(`${name}:${architecture}`);
    const found = own ? needs(own) : [];
    return found.length > 0 ? { needs: found } : {};
  };
}

/** apt would rather take `usrmerge` with its many dependencies; on a new system the marker is enough. */
function mergedMarker(base: Base, previous: DebianLock | undefined, isAvailable: boolean): string[] {
  const marker = 'usr-is-merged';
  const isWanted = previous ? previous.packages.some(({ name }) => name === marker) : base.layout === 'merged-usr';
  return isWanted && isAvailable ? [marker] : [];
}

/** A locked package as an index entry, so that apt may choose it though no archive has it any more. */
function knownStanza(entry: DebianPackage): Record<string, string>[] {
  const hash = entry.sha256 ?? entry.repacked;
  if (hash === undefined) return [];
  const { name, version, architecture, control, size = 1 } = entry;
  const place = { Filename: `./${name}_${architecture}.deb`, Size: `${size}`, SHA256: hash };
  return [{ ...control, Package: name, Version: version, Architecture: architecture, ...place }];
}

function packageOf(
  choice: { readonly name: string; readonly version: string; readonly architecture: string },
  found: readonly Candidate[],
  used: boolean,
): DebianPackage {
  const [first] = found;
  const sha256 = first ? fieldOf(first.stanza, 'SHA256') : undefined;
  if (!first || sha256 === undefined) {
    throw new ReproError('not-rebuildable', `No index has a SHA-256 of ${choice.name} ${choice.version}.`);
  }
  const same = found.filter(({ stanza }) => fieldOf(stanza, 'SHA256') === sha256);
  const control = Object.fromEntries(Object.entries(first.stanza).filter(([name]) => !placeFields.test(name)));
  const size = Number(fieldOf(first.stanza, 'Size'));
  return {
    ...choice,
    used,
    ...(control['Essential'] === 'yes' ? { essential: true } : {}),
    control,
    sha256,
    ...(Number.isSafeInteger(size) ? { size } : {}),
    certainty: 'indexed',
    locations: same.map(({ stanza, archive }) => ({
      archive: archive.id,
      filename: fieldOf(stanza, 'Filename') ?? '',
    })),
  };
}

function identityOf(stanza: Stanza): { version?: string; architecture?: string } {
  const { Version: version, Architecture: architecture } = stanza;
  return { ...(version ? { version } : {}), ...(architecture ? { architecture } : {}) };
}

function lockOf(
  packages: readonly DebianPackage[],
  read: readonly DebianArchive[],
  { base, previous }: ResolveContext<DebianLock>,
): DebianLock {
  const archives = new Map([...read, ...(previous?.archives ?? [])].map((archive) => [archive.id, archive]));
  const used = new Set(packages.flatMap(({ locations }) => locations.map(({ archive }) => archive)));
  const kept = [...archives.values()].filter(({ id }) => used.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const sources = sourceLines(kept);
  const keys = keysStillNeeded(previous?.keys ?? [], sources);
  return {
    name: 'debian',
    architecture: base.architecture,
    foreignArchitectures: previous?.foreignArchitectures ?? [],
    archives: kept,
    packages: packages.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    diversions: previous?.diversions ?? [],
    alternatives: previous?.alternatives ?? [],
    statOverrides: previous?.statOverrides ?? [],
    accounts: previous?.accounts ?? { users: [], groups: [] },
    sources,
    ...(keys.length > 0 ? { keys } : {}),
  };
}
