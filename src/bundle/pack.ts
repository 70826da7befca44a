import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import picomatch from 'picomatch';
import type { Build } from '../archives/build.js';
import { type Fetched, fetchArtifacts } from '../archives/fetch.js';
import type { Requirement } from '../archives/sameness.js';
import { knownBy, type StandIn, type StandIns } from '../archives/stand-ins.js';
import type { ContentFolder } from '../archives/store.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import { ReproError } from '../errors.js';
import { sha256, sha256OfStream } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import type { PlannedPackage } from '../model/plan.js';
import { type Progress, silent } from '../model/progress.js';
import { planEnvironment } from '../planning/plan.js';
import { isThere } from '../presence.js';
import type { Lock } from '../spec/document/schema.js';
import { layoutOf, parts, tracePart } from '../spec/folder/layout.js';
import { lockText } from '../spec/folder/lock-file.js';
import type { Specification } from '../spec/specification.js';
import {
  artifactMember,
  type BundledArtifact,
  type BundledStandIn,
  type BundleIndex,
  bundleVersion,
  folderName,
  manifestName,
  referenceTo,
} from './format.js';
import { isBundle } from './read.js';
import { checkIndex, refuseUnreadable } from './readable.js';
import { type Member, writeBundle } from './write.js';

export interface PackOptions {
  readonly spec: Specification;
  /** The spec's own lock, or the one that its manifest was resolved to. */
  readonly lock: Lock;
  /** The file to write. */
  readonly output: string;
  readonly host: Machine;
  readonly store: ContentFolder;
  /** Globs of `distribution` or `distribution:package`: artifacts that are left out. */
  readonly exclude?: readonly string[];
  /** The least that an artifact must be. Default `exact`. */
  readonly require?: Requirement;
  /** Builds packages that nobody has. */
  readonly build?: Build;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface Packed {
  readonly file: string;
  /** Bytes of the bundle. */
  readonly size: number;
  /** Bytes of it that are artifacts. */
  readonly artifactBytes: number;
  readonly artifacts: number;
  /** How many of them are not the very ones, but were built or had by their version. */
  readonly standIns: number;
  readonly excluded: number;
}

/**
 * Writes a spec with every artifact that its plan fetches into one file, from which it can be built without a network.
 * Artifacts come down the ladder, as for a create, and each content is in the bundle once. What stands in for one is in
 * it with what it is.
 */
export async function packBundle(options: PackOptions): Promise<Packed> {
  const { spec, lock, host, store, exclude = [], require = 'exact', build, progress = silent, signal } = options;
  const output = resolve(options.output);
  await checkReplaceable(output);
  const { bootstrap, artifacts } = await planEnvironment(spec, lock);
  const isExcluded = excluder(exclude);
  const planned = [...bootstrap.packages, ...artifacts];
  refuseUnreadable(planned.map(referenceTo));
  const wanted = planned.filter((one) => !isExcluded(one));
  refuseUnknown(wanted, require);
  const fetched = await fetchArtifacts(wanted, {
    ...{ store, contents: spec.contents, host, offers: offersOf(host), services: servicesFor, progress },
    ...{ standIns: spec.standIns, require, ...(build && { build }) },
    ...(signal && { signal }),
  });
  const bundled = await bundledArtifacts(wanted, fetched);
  const standIns = await bundledStandIns(wanted, fetched, spec.standIns);
  const members = [...(await specMembers(spec, lock)), ...artifactMembers([...bundled, ...standIns], fetched)];
  const index: BundleIndex = {
    version: bundleVersion,
    epoch: lock.epoch,
    members: members.map(({ source: _, ...member }) => member),
    artifacts: bundled,
    ...(standIns.length > 0 && { standIns }),
    excluded: planned.filter(isExcluded).map(referenceTo),
  };
  checkIndex(index);
  const size = await writeBundle(output, index, members, { progress, ...(signal && { signal }) });
  const artifactBytes = members.reduce((sum, { name, size }) => sum + (name.startsWith('artifacts/') ? size : 0), 0);
  const artifactCount = bundled.length + standIns.length;
  const counts = { artifacts: artifactCount, standIns: standIns.length, excluded: index.excluded.length };
  return { file: output, size, artifactBytes, ...counts };
}

function excluder(patterns: readonly string[]): (planned: PlannedPackage) => boolean {
  const matches = patterns.map((pattern) => {
    const [distribution = '', ...name] = pattern.split(':');
    // With bash's rules a star is any text, slashes in it too.
    const isDistribution = picomatch(distribution, { bash: true });
    const isName = picomatch(name.join(':') || '*', { bash: true });
    return (planned: PlannedPackage) => isDistribution(planned.distribution) && isName(planned.name);
  });
  return (planned) => matches.some((match) => match(planned));
}

/**
 * What is certain to be known by nothing in a bundle: whether an rpm package is the one of a header, only a service that
 * has it was asked; and what is known by its version alone is never the very one.
 */
function refuseUnknown(wanted: readonly PlannedPackage[], require: Requirement): void {
  const isUnknown = ({ artifact: { digest, key, content } }: PlannedPackage) =>
    digest === undefined && content === undefined && (key === undefined || require === 'exact');
  const unknown = wanted.filter(isUnknown);
  if (unknown.length === 0) return;
  const names = [...new Set(unknown.map(({ distribution, name }) => `${distribution}:${name}`))].sort();
  const message = `a bundle holds what the lock knows by its hash, and of these it has none: ${names.join(', ')}`;
  const mayStandIn = unknown.some(({ artifact: { key } }) => key !== undefined);
  const remedies = [
    'trace again with --repack all where they are installed',
    ...(mayStandIn ? ['take what is built or had by its version (--require same-source)'] : []),
    `leave them out, to be had at create: ${names.map((name) => `--exclude ${name}`).join(' ')}`,
  ];
  throw new ReproError('not-rebuildable', message, { remedy: remedies.join(', or ') });
}

/** Repacked copies, which those without a hash have, are among the spec's contents already. */
async function bundledArtifacts(
  wanted: readonly PlannedPackage[],
  fetched: ReadonlyMap<PlannedPackage, Fetched>,
): Promise<BundledArtifact[]> {
  const bundled: BundledArtifact[] = [];
  for (const planned of wanted) {
    const found = fetched.get(planned);
    const { digest } = planned.artifact;
    if (!found || digest === undefined || found.rung === 'contents' || found.sameness !== 'exact') continue;
    const { sha256, file } = found;
    bundled.push({ ...referenceTo(planned), sha256, size: (await stat(file)).size, digest });
  }
  return bundled;
}

async function bundledStandIns(
  wanted: readonly PlannedPackage[],
  fetched: ReadonlyMap<PlannedPackage, Fetched>,
  brought: StandIns,
): Promise<BundledStandIn[]> {
  const bundled: BundledStandIn[] = [];
  for (const planned of wanted) {
    const found = fetched.get(planned);
    const name = knownBy(planned);
    const own = name === undefined ? undefined : brought.get(name);
    const standIn = own && own.sha256 === found?.sha256 ? own : found && standInOf(found);
    if (!found || !standIn || name === undefined) continue;
    const { version: instead, ...about } = standIn;
    const size = (await stat(found.file)).size;
    bundled.push({ ...referenceTo(planned), for: name, ...about, size, ...(instead !== undefined && { instead }) });
  }
  return bundled;
}

/** As it was found; undefined of the very artifact. */
function standInOf({ rung, sameness, sha256, evidence = '', version }: Fetched): StandIn | undefined {
  const isOf = rung === 'built' || rung === 'nearest' || rung === 'snapshot' || rung === 'old-builds';
  if (sameness === 'exact' || !isOf) return undefined;
  // What others say of it, such as why a server did not answer, may have any number of lines.
  const plain = evidence.replace(/\p{Cc}+/gu, ' ');
  return { sha256, rung, sameness, evidence: plain, ...(version !== undefined && { version }) };
}

function artifactMembers(
  bundled: readonly Pick<BundledArtifact, 'sha256' | 'size'>[],
  fetched: ReadonlyMap<PlannedPackage, Fetched>,
): Member[] {
  const files = new Map([...fetched.values()].map(({ sha256, file }) => [sha256, file]));
  const bySha256 = new Map<string, Member>();
  for (const { sha256, size } of bundled) {
    const file = files.get(sha256);
    if (file !== undefined) bySha256.set(sha256, { name: artifactMember(sha256), sha256, size, source: { file } });
  }
  return [...bySha256.values()].sort(byName);
}

async function specMembers(spec: Specification, lock: Lock): Promise<Member[]> {
  const { manifest, folder } = layoutOf(spec.file);
  const text = lockText(lock);
  const inFolder = (name: string) => ({ name: `${folderName}/${name}`, source: { file: join(folder, name) } });
  const named = [
    ...(lock.snapshot ? [{ ...inFolder(parts.snapshot), sha256: lock.snapshot.sha256 }] : []),
    ...(lock.paths ? [{ ...inFolder(parts.paths), sha256: lock.paths.sha256 }] : []),
    ...Object.entries(lock.traces).map(([id, { sha256 }]) => ({ ...inFolder(tracePart(id)), sha256 })),
    ...Object.keys(lock.contents).map((hash) => ({ ...inFolder(`${parts.contents}/${hash}`), sha256: hash })),
  ];
  const members: Member[] = [
    {
      name: `${folderName}/${parts.lock}`,
      sha256: sha256(text),
      size: Buffer.byteLength(text),
      source: { text },
    },
  ];
  for (const { source, ...member } of named) members.push({ ...member, source, size: (await stat(source.file)).size });
  const schema = inFolder(parts.schema);
  if (await isThere(schema.source.file)) members.push(await hashed(schema));
  return [await hashed({ name: manifestName, source: { file: manifest } }), ...members.sort(byName)];
}

async function hashed({ name, source }: { name: string; source: { file: string } }): Promise<Member> {
  const { hash, size } = await sha256OfStream(createReadStream(source.file));
  return { name, sha256: hash, size, source };
}

/** Only a bundle is replaced: anything else under that name is not ours. */
async function checkReplaceable(output: string): Promise<void> {
  if (!(await isThere(output)) || (await isBundle(output))) return;
  throw new ReproError('usage', 'there is something else, which is not replaced', {
    where: output,
    remedy: 'name another file with -o',
  });
}

function byName(a: Member, b: Member): number {
  return a.name < b.name ? -1 : 1;
}
