import { download } from '../../archives/download.js';
import type { HttpClient } from '../../archives/http.js';
import type { ContentFolder } from '../../archives/store.js';
import { ReproError, reasonOf } from '../../errors.js';
import type { LibC } from '../../packaging/base-system.js';
import { markerEnvironment } from './closure.js';
import { type CoreMetadata, parseMetadata } from './metadata.js';
import { applies, parseRequirement, type Requirement } from './requirements.js';
import type { PythonEnvironment, PythonPackage } from './schema.js';
import { filesOfProject, type IndexFile } from './simple-index.js';
import { readSource, versionOfSource } from './source-archive.js';
import { type Specifier, satisfies } from './specifiers.js';
import { fitOf, parseWheelName, type WheelTarget } from './tags.js';
import { compareVersions, parseVersion } from './versions.js';
import { wheelMetadata } from './wheel.js';

export interface ResolveSources {
  /** Packages of the lock that came with the manifest, at the same place. */
  readonly known: readonly PythonPackage[];
  readonly indexes: () => Promise<readonly string[]>;
  readonly client: HttpClient;
  readonly store: ContentFolder;
  /** What was uploaded later is not there. */
  readonly at?: number;
  readonly signal?: AbortSignal;
}

export interface ResolveTarget {
  readonly environment: PythonEnvironment;
  readonly site: string;
  readonly machine: string;
  readonly libc: LibC;
}

/** One that was asked for, by whom. */
interface Wanted extends Pick<Requirement, 'name' | 'extras' | 'specifiers'> {
  readonly by?: string;
}

/** A package with what it requires where it is asked for with some extras. */
interface Choice {
  readonly locked: PythonPackage;
  readonly requires: (extras: readonly string[]) => readonly Wanted[];
}

/** The closure of requests such as `name`, `name==version` or `name[extra]>=1,<2`: what is known stays, all else is the newest that everybody allows. */
export async function resolvePackages(
  requests: readonly string[],
  target: ResolveTarget,
  sources: ResolveSources,
): Promise<PythonPackage[]> {
  const open = requests.map((request): Wanted => {
    const requirement = parseRequirement(request);
    if (requirement) return requirement;
    throw new ReproError('usage', `${request} is no package as pip takes it`, {
      remedy: 'write it as in numpy, numpy==1.26.4, numpy>=1.26,<2 or fastapi[all]',
    });
  });
  const asked = new Set(open.map(({ name }) => name));
  const choices = new Map<string, Choice>();
  const needs = new Map<string, Set<string>>();
  const followed = new Set<string>();
  for (let wanted = open.shift(); wanted; wanted = open.shift()) {
    sources.signal?.throwIfAborted();
    const present = choices.get(wanted.name);
    if (present && !satisfies(present.locked.version, wanted.specifiers))
      throw conflict(wanted, present.locked.version);
    const choice = present ?? fromKnown(wanted, sources) ?? (await fromIndex(wanted, target, sources));
    choices.set(wanted.name, choice);
    const needed = needs.get(wanted.name) ?? new Set();
    needs.set(wanted.name, needed);
    for (const requirement of choice.requires(wanted.extras)) {
      needed.add(requirement.name);
      const question = [wanted.name, requirement.name, ...requirement.extras].join(' ');
      if (!followed.has(question)) open.push({ ...requirement, by: `${choice.locked.name} ${choice.locked.version}` });
      followed.add(question);
    }
  }
  const names = [...choices.keys()].sort();
  return names.flatMap((name) => {
    const { locked } = choices.get(name) ?? {};
    const own = [...(needs.get(name) ?? [])].sort();
    return locked ? [{ ...locked, used: asked.has(name), ...(own.length > 0 ? { needs: own } : {}) }] : [];
  });
}

function fromKnown({ name, specifiers }: Wanted, { known }: ResolveSources): Choice | undefined {
  const locked = known.find((each) => each.name === name && satisfies(each.version, specifiers));
  return (
    locked && {
      locked,
      requires: () => (locked.needs ?? []).map((need) => ({ name: need, extras: [], specifiers: [] })),
    }
  );
}

async function fromIndex(wanted: Wanted, target: ResolveTarget, sources: ResolveSources): Promise<Choice> {
  const { environment, site, machine, libc } = target;
  const { client, at, signal } = sources;
  const indexes = await sources.indexes();
  const python = environment.python ?? '';
  const all = await filesOfProject(wanted.name, indexes, client, signal).catch((error: unknown) => {
    throw unavailable(wanted, reasonOf(error));
  });
  if (at !== undefined && all.some(({ uploaded }) => uploaded === undefined))
    throw unavailable(wanted, 'its index does not tell when files were uploaded, as --at needs it');
  const offered = at === undefined ? all : all.filter(({ uploaded = 0 }) => uploaded <= at);
  const wheel = bestWheel(offered, wanted.specifiers, { python, machine, libc });
  const best = wheel ?? newest(offered.flatMap((file) => sourcesAllowed(file, wanted.specifiers, python)));
  if (!best?.file.sha256) throw unavailable(wanted, whyNone(offered, indexes));
  const metadata = await (wheel ? metadataOf(best.file, sources) : metadataOfSource(best.file, sources));
  const facts = markerEnvironment({ python: python.replace(/^(\d+\.\d+).*$/, '$1') }, python, machine);
  const required = (metadata?.requires ?? []).flatMap((text) => parseRequirement(text) ?? []);
  const { name, url, sha256, size } = best.file;
  const file = { name, url, sha256, ...(size === undefined ? {} : { size }) };
  const locked: PythonPackage = {
    name: wanted.name,
    version: metadata?.version ?? best.version,
    at: site,
    used: true,
    requested: wanted.by === undefined,
    certainty: 'indexed',
    ...(wheel ? { wheel: file } : { sdist: file }),
  };
  return { locked, requires: (extras) => required.filter((each) => applies(each, facts, new Set(extras))) };
}

/** The newest version that is allowed, as the wheel that fits best; a pre-release only where nothing else is. */
function bestWheel(
  files: readonly IndexFile[],
  specifiers: readonly Specifier[],
  target: WheelTarget,
): Candidate | undefined {
  const candidates = files.flatMap((file) => {
    const wheel = parseWheelName(file.name);
    const fit = wheel && fitOf(wheel, { ...target, python: target.python.replace(/^(\d+\.\d+).*$/, '$1') });
    if (!wheel || fit === undefined || !file.sha256) return [];
    return isAllowed(file, wheel.version, specifiers, target.python) ? [{ file, fit, version: wheel.version }] : [];
  });
  return newest(candidates);
}

/** The source of a version, which has to be built. */
function sourcesAllowed(file: IndexFile, specifiers: readonly Specifier[], python: string) {
  const version = versionOfSource(file.name);
  const isOne = version !== undefined && file.sha256 && isAllowed(file, version, specifiers, python);
  return isOne ? [{ file, fit: 0, version }] : [];
}

function isAllowed(file: IndexFile, version: string, specifiers: readonly Specifier[], python: string): boolean {
  const isPinned = specifiers.some(({ operator }) => operator === '==' || operator === '===');
  const fits = satisfies(version, specifiers) && satisfies(python, file.requiresPython ?? []);
  return fits && (isPinned || !file.yanked);
}

interface Candidate {
  readonly file: IndexFile;
  readonly fit: number;
  readonly version: string;
}

function newest(candidates: readonly Candidate[]): Candidate | undefined {
  const isFinal = ({ version }: { version: string }) => {
    const parsed = parseVersion(version);
    return parsed !== undefined && parsed.pre === undefined && parsed.dev === undefined;
  };
  const preferred = candidates.some(isFinal) ? candidates.filter(isFinal) : candidates;
  return preferred.toSorted((a, b) => compareVersions(b.version, a.version) || b.fit - a.fit)[0];
}

/** Beside the wheel where the index has it, else from the wheel, which then stays in the store. */
async function metadataOf(file: IndexFile, sources: ResolveSources): Promise<CoreMetadata | undefined> {
  if (!file.hasMetadata) return parseMetadata(await wheelMetadata(await inStore(file, sources)));
  const { client, signal } = sources;
  const chunks: Uint8Array[] = [];
  for await (const chunk of download(`${file.url}.metadata`, { client, ...(signal ? { signal } : {}) }))
    chunks.push(chunk);
  return parseMetadata(Buffer.concat(chunks));
}

async function metadataOfSource(file: IndexFile, sources: ResolveSources): Promise<CoreMetadata | undefined> {
  return (await readSource(await inStore(file, sources), file.name)).metadata;
}

async function inStore(file: IndexFile, { client, store, signal }: ResolveSources): Promise<string> {
  const { hash } = await store.add(download(file.url, { client, ...(signal ? { signal } : {}) }), file.sha256);
  return store.locate(hash);
}

function whyNone(offered: readonly IndexFile[], indexes: readonly string[]): string {
  if (indexes.length === 0) return 'no package index is known: set one in pip.conf or PIP_INDEX_URL';
  if (offered.length === 0) return 'no index has the project';
  return 'no index has a wheel of such a version for that Python and machine, or its source, with its hash';
}

function describe({ name, specifiers, by }: Wanted): string {
  const bounds = specifiers.map(({ operator, version }) => operator + version).join(',');
  return `${name}${bounds}${by === undefined ? '' : `, which ${by} requires,`}`;
}

function unavailable(wanted: Wanted, reason: string): ReproError {
  return new ReproError('not-rebuildable', `${describe(wanted)} cannot be had: ${reason}.`, {
    remedy: 'name another version in the spec, or trace again where it is installed',
  });
}

function conflict(wanted: Wanted, version: string): ReproError {
  return new ReproError('usage', `${describe(wanted)} does not go with ${version}, which was chosen before`, {
    remedy: `name a version of ${wanted.name} in the spec that everything goes with`,
  });
}
