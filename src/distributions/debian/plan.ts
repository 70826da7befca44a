import { type FilePath, parsePath } from '../../model/file-path.js';
import type {
  ArchiveSignature,
  ArtifactOrigin,
  BootstrapPlan,
  DirectoryStep,
  PlannedPackage,
  RunStep,
  WriteStep,
} from '../../model/plan.js';
import type { DistributionPlan, PlanContext } from '../../packaging/distribution.js';
import type { DebianDetails } from './details.js';
import { keysNamedIn, trustedFolder } from './keys.js';
import type { DebianArchive, DebianLock, DebianPackage } from './schema.js';

/** Pure: what bootstrap installs. */
export function planBootstrap(lock: DebianLock, { base, epoch }: PlanContext): BootstrapPlan {
  const packages = inOrder(lock);
  const details: DebianDetails = {
    suite: base.codename ?? 'stable',
    layout: base.layout,
    foreignArchitectures: lock.foreignArchitectures,
    control: packages.map(controlOf),
    ...unfinishedIn(packages),
    accounts: lock.accounts,
    sources: usableSources(lock),
  };
  return {
    distribution: base.distribution,
    release: base.release,
    architecture: lock.architecture,
    epoch,
    packages: packages.map((entry) => plannedPackage(entry, lock)),
    details,
  };
}

/** Pure: what customize sets right when the packages are there, before carried files are written. */
export function planDebian(lock: DebianLock, { epoch }: PlanContext): DistributionPlan {
  return {
    steps: [
      ...folderSteps(lock, epoch),
      ...diversionSteps(lock),
      ...overrideSteps(lock),
      ...alternativeSteps(lock),
      ...holdSteps(lock),
      ...keySteps(lock, epoch),
    ],
  };
}

/** What others stand on is configured before them. */
function unfinishedIn(packages: readonly DebianPackage[]): Pick<DebianDetails, 'unfinished'> {
  const needed = new Set(packages.flatMap(({ needs = [] }) => needs));
  const unfinished = packages.flatMap(({ name, architecture, state, essential }) =>
    state === undefined ||
    state.startsWith('triggers') ||
    essential ||
    needed.has(name) ||
    needed.has(`${name}:${architecture}`)
      ? []
      : [{ name, architecture, state }],
  );
  return unfinished.length > 0 ? { unfinished } : {};
}

function inOrder({ packages }: DebianLock): DebianPackage[] {
  return packages.toSorted((a, b) => compare(a.name, b.name) || compare(a.architecture, b.architecture));
}

function plannedPackage(entry: DebianPackage, lock: DebianLock): PlannedPackage {
  const { name, version, architecture, used } = entry;
  const uris = new Map(lock.archives.map((archive) => [archive.id, archive.uri]));
  const { repacked } = entry;
  const origins = originsOf(entry, lock);
  // A repacked copy alone is its own identity; beside an archive's package it is a second way to have the same.
  const sha256 = entry.sha256 ?? repacked;
  const locations = sha256 === repacked ? [] : entry.locations;
  const urls = locations.flatMap(({ archive, filename }) => {
    const uri = uris.get(archive);
    return uri === undefined ? [] : [`${uri.replace(/\/+$/, '')}/${encodeURI(filename)}`];
  });
  return {
    distribution: lock.name,
    name,
    version,
    architecture,
    used,
    artifact: {
      name: `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`,
      ...(sha256 === undefined ? {} : { digest: { algorithm: 'sha256' as const, value: sha256 } }),
      ...(entry.size === undefined ? {} : { size: entry.size }),
      urls,
      ...(origins.length === 0 ? {} : { origins }),
      ...(repacked === undefined ? {} : { content: repacked }),
      source: { name: entry.source ?? name, version: entry.sourceVersion ?? version },
    },
  };
}

/** The archives that listed a package; those of the whole lock where none did, for services that know their past. */
function originsOf({ locations, repacked }: DebianPackage, lock: DebianLock): ArtifactOrigin[] {
  if (repacked !== undefined) return [];
  const paths = new Map(locations.map(({ archive, filename }) => [archive, filename]));
  const listing = lock.archives.filter(({ id }) => paths.size === 0 || paths.has(id));
  return listing.map((archive) => {
    const { id, uri, origin, label, suite, component, date } = archive;
    const path = paths.get(id);
    return {
      uri: uri.replace(/\/+$/, ''),
      suite,
      signature: signatureOf(archive, lock),
      ...(origin !== undefined && { origin }),
      ...(label !== undefined && { label }),
      ...(component !== undefined && { component }),
      ...(date !== undefined && { date }),
      ...(path !== undefined && { path }),
    };
  });
}

/** The key that the archive's source names, or those that apt trusts for every archive, as far as the spec has them. */
function signatureOf({ signedBy, trusted }: DebianArchive, { keys = [] }: DebianLock): ArchiveSignature {
  if (trusted) return { isUnsigned: true };
  const isNamed = signedBy?.startsWith('/') === true;
  const own = keys.filter(({ path }) => (isNamed ? path === signedBy : path.startsWith(trustedFolder)));
  return {
    ...(isNamed && { keyring: parsePath(signedBy) }),
    ...(own.length > 0 && { keys: own.map(({ content }) => content) }),
  };
}

/** Fields for the local archive's index: the lock's, under the identity that the lock gives the package. */
function controlOf({ control, name, version, architecture }: DebianPackage): Record<string, string> {
  const own = new Set(['package', 'version', 'architecture', 'filename', 'size', 'sha256', 'sha1', 'md5sum', 'status']);
  const rest = Object.entries(control).filter(
    ([field]) => /^[A-Za-z][A-Za-z0-9-]*$/.test(field) && !own.has(field.toLowerCase()),
  );
  return { Package: name, Version: version, Architecture: architecture, ...Object.fromEntries(rest) };
}

/** A line whose key the environment cannot have would only break `apt-get update` there: it is kept as a comment. */
function usableSources({ sources, packages, keys = [] }: DebianLock): string[] {
  const carried = new Set(keys.map(({ path }) => parsePath(path)));
  const keyrings = packages.flatMap(({ name }) => /^(.+?)(?:-archive)?-keyring$/.exec(name)?.[1] ?? []);
  const isThere = (key: FilePath) => carried.has(key) || keyrings.some((of) => isKeyOf(of, key));
  return sources.map((line) => (keysNamedIn(line).every(isThere) ? line : `# ${line}`));
}

/** Keyring packages name their keys by what they are of: `ubuntu-keyring` has `ubuntu-archive-keyring.gpg`. */
function isKeyOf(vendor: string, key: FilePath): boolean {
  const folder = '/usr/share/keyrings/';
  return key.startsWith(`${folder}${vendor}-`) || key.startsWith(`${folder}${vendor}.`);
}

function keySteps({ keys = [] }: DebianLock, epoch: number): WriteStep[] {
  return keys.map(({ path, content }) => ({
    kind: 'write',
    path: parsePath(path),
    content,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: epoch,
    reason: 'the public key of an archive that packages came from',
  }));
}

/** Before any override: one that was set on the folder itself has the last word, as it had on the origin. */
function folderSteps({ folders = [] }: DebianLock, epoch: number): DirectoryStep[] {
  return folders.map(({ path, mode, uid, gid }) => ({
    kind: 'directory',
    path: parsePath(path),
    mode: Number.parseInt(mode, 8),
    uid,
    gid,
    mtime: epoch,
    reason: 'a package that is not needed set its mode or owner where the trace ran',
  }));
}

function diversionSteps({ diversions }: DebianLock): RunStep[] {
  return diversions
    .filter(({ by }) => by === undefined)
    .map(({ path, divertedTo }) => ({
      kind: 'run',
      argv: ['dpkg-divert', '--quiet', '--local', '--rename', '--divert', divertedTo, '--add', path],
      reason: `${path} was diverted to ${divertedTo} by hand where the trace ran`,
    }));
}

function overrideSteps({ statOverrides }: DebianLock): RunStep[] {
  return statOverrides.map(({ path, user, group, mode }) => ({
    kind: 'run',
    argv: ['dpkg-statoverride', '--quiet', '--force-statoverride-add', '--update', '--add', user, group, mode, path],
    reason: `${path} had another owner or mode than its package gives (dpkg-statoverride)`,
  }));
}

function alternativeSteps({ alternatives }: DebianLock): RunStep[] {
  return alternatives
    .filter(({ mode }) => mode === 'manual')
    .map(({ name, value }) => ({
      kind: 'run',
      // Its log has the time of the build.
      argv: ['update-alternatives', '--quiet', '--log', '/dev/null', '--set', name, value],
      reason: `the alternative ${name} was set to ${value} by hand where the trace ran`,
    }));
}

function holdSteps(lock: DebianLock): RunStep[] {
  const held = inOrder(lock).filter(({ hold }) => hold === true);
  if (held.length === 0) return [];
  const names = held.map(({ name, architecture }) =>
    architecture === 'all' || architecture === lock.architecture ? name : `${name}:${architecture}`,
  );
  const script = 'printf "%s hold\\n" "$@" | dpkg --set-selections';
  return [
    {
      kind: 'run',
      argv: ['sh', '-c', script, 'sh', ...names],
      reason: `on hold where the trace ran: ${names.join(', ')}`,
    },
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
