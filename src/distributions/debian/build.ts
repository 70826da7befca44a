import { addressesIn } from '../../archives/addresses.js';
import { fieldOf, type Stanza } from '../../archives/apt/deb822.js';
import { debianSnapshotBases } from '../../archives/apt/snapshot/services.js';
import { ReproError, reasonOf } from '../../errors.js';
import type { PlannedPackage } from '../../model/plan.js';
import type { Base } from '../../packaging/base-system.js';
import type { Resolved } from '../../packaging/distribution.js';
import type { BuildCommand, BuildRecipe, BuildRecipeContext, SourceBuilder } from '../../packaging/source-builder.js';
import { isEntryOf, type Rebuilt, rebuildCommand, rebuildOf } from './binary-rebuild.js';
import { type BuildInfo, findBuildInfo } from './buildinfo.js';
import { resolveDebian } from './resolve.js';
import type { DebianLock } from './schema.js';
import { findSource, type SourcePackage, tell, type WantedSource } from './source-packages.js';

/** How Debian packages are built from their sources, in a system of the release with what the sources say they need. */
export function buildDebian(environment: Readonly<Record<string, string | undefined>>): SourceBuilder {
  const snapshots = debianSnapshotBases(environment);
  const archives = addressesIn(environment, 'REPROMAN_DEBIAN_BUILDINFOS');
  return async (packages, context) => {
    const recipes: BuildRecipe[] = [];
    for (const wanted of bySource(packages)) {
      const source = await findSource(wanted, snapshots, context);
      if (!source) continue;
      try {
        recipes.push(await recipeOf(wanted, source, archives, context));
      } catch (error) {
        context.signal?.throwIfAborted();
        if (!(error instanceof ReproError)) throw error;
        tell(wanted, context, `its build environment cannot be had: ${reasonOf(error)}`);
      }
    }
    return recipes;
  };
}

/** What an archive built again is of the same source, and yet built by itself: under another version. */
export function bySource(packages: readonly PlannedPackage[]): WantedSource[] {
  const sources = new Map<string, WantedSource>();
  for (const planned of packages) {
    const { source } = planned.artifact;
    if (!source) continue;
    const rebuild = rebuildOf(planned.version, source.version);
    const key = `${source.name} ${source.version}${rebuild ?? ''}`;
    const others = sources.get(key)?.packages ?? [];
    sources.set(key, { ...source, ...(rebuild && { rebuild }), packages: [...others, planned] });
  }
  return [...sources.values()];
}

async function recipeOf(
  wanted: WantedSource,
  source: SourcePackage,
  archives: readonly string[],
  context: BuildRecipeContext,
): Promise<BuildRecipe> {
  const { files, evidence } = source;
  const name = files.find(({ artifact }) => artifact.name.endsWith('.dsc'))?.artifact.name;
  if (name === undefined) throw new ReproError('not-rebuildable', 'The index names no .dsc of it.');
  const info = await findBuildInfo(wanted, archives, context.base.architecture, context);
  const { lock, epoch = 0, says } = await environmentFor(wanted, source, info, context);
  const again = rebuiltOf(wanted, info, { at: source.at ?? epoch, ...context.base });
  const results = wanted.packages.map((planned) => [fileNameOf(planned), planned] as const);
  return {
    title: `${wanted.name} ${wanted.version}${wanted.rebuild ?? ''}`,
    sources: files,
    results: new Map(results),
    room: { locks: [{ ...lock, packages: lock.packages.filter((each) => each.name !== marker) }], epoch },
    commands: commandsFor(name, folderOf(wanted), again),
    evidence: `${evidence}; built ${says}${again ? asRebuild(again, info) : ''}`,
  };
}

function rebuiltOf(
  { name, version, rebuild }: WantedSource,
  info: BuildInfo | undefined,
  { at, architecture, codename = 'unstable' }: Pick<Base, 'architecture' | 'codename'> & { readonly at: number },
): Rebuilt | undefined {
  if (rebuild === undefined) return undefined;
  return { source: name, version: `${version}${rebuild}`, at, architecture, codename, changes: info?.changes };
}

function asRebuild(again: Rebuilt, info: BuildInfo | undefined): string {
  const whose = isEntryOf(again) ? `the changelog entry of ${info?.url}` : 'a changelog entry of our own';
  return `, again as ${again.version} with ${whose}`;
}

/** What to install, and of which time; the release as it is now without one. */
interface Environment {
  readonly depends: string;
  readonly at?: number;
  readonly says: string;
}

/** What its archive itself built it in, the release when its archive had the source, the release as it is: the first that can be had. */
async function environmentFor(
  wanted: WantedSource,
  { stanza, at }: SourcePackage,
  info: BuildInfo | undefined,
  context: BuildRecipeContext,
): Promise<Resolved<DebianLock> & { readonly says: string }> {
  const { base, host, progress, signal, system } = context;
  const libc = system.libc(base.release);
  const release = base.codename ?? base.release;
  const depends = dependenciesOf(stanza, base.architecture);
  const choices: Environment[] = [
    ...(info ? [{ ...info, says: `with what ${info.url} says` }] : []),
    ...(at === undefined ? [] : [{ depends, at, says: `in ${release} of that time` }]),
  ];
  const resolve = ({ depends: needed, at: time }: Omit<Environment, 'says'>) =>
    resolveDebian(
      { name: 'debian', packages: [marker, 'build-essential'] },
      {
        ...{ base, libc, host, progress, previous: asking(needed, base.architecture) },
        ...(time !== undefined && { at: time }),
        ...(signal && { signal }),
      },
    );
  for (const choice of choices) {
    try {
      return { ...(await resolve(choice)), says: choice.says };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ReproError)) throw error;
      tell(wanted, context, `it cannot be built ${choice.says} (${reasonOf(error)})`);
    }
  }
  return { ...(await resolve({ depends })), says: `in ${release} as it is now` };
}

/** dpkg-buildpackage takes SOURCE_DATE_EPOCH from the changelog; root needs nothing to pretend to be root. */
function commandsFor(dsc: string, folder: string, again: Rebuilt | undefined): BuildCommand[] {
  const variables = {
    DEB_BUILD_OPTIONS: 'nocheck',
    DEB_BUILD_PROFILES: 'nocheck',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  };
  return [
    { argv: ['dpkg-source', '--no-check', '--extract', dsc, folder] },
    ...(again ? [rebuildCommand(again, folder)] : []),
    {
      // What is for all architectures is never built again so.
      argv: ['dpkg-buildpackage', `--build=${again ? 'any' : 'binary'}`, '--unsigned-changes', '--unsigned-buildinfo'],
      folder,
      variables,
    },
  ];
}

/** As dpkg-source calls it, and so as Debian's builders have it. */
function folderOf({ name, version }: WantedSource): string {
  return `${name}-${version.replace(/^\d+:/, '').replace(/-[^-]*$/, '')}`;
}

function fileNameOf({ name, version, architecture }: PlannedPackage): string {
  return `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`;
}

/** A package that stands for all that a source needs, so that apt finds what provides it. */
const marker = 'reproman-build-dependencies';

function asking(depends: string, architecture: string): DebianLock {
  const identity = { name: marker, version: '0', architecture: 'all' };
  const control = { Package: marker, Version: '0', Architecture: 'all', ...(depends !== '' && { Depends: depends }) };
  return {
    name: 'debian',
    architecture,
    foreignArchitectures: [],
    archives: [],
    packages: [{ ...identity, used: true, control, sha256: '0'.repeat(64), certainty: 'unknown', locations: [] }],
    ...{ diversions: [], alternatives: [], statOverrides: [], sources: [] },
    accounts: { users: [], groups: [] },
  };
}

/**
 * What a source needs to be built on an architecture, as a package would write it: without the parts that are for other
 * architectures or for special builds (Debian policy §7.1).
 */
export function dependenciesOf(stanza: Stanza, architecture: string): string {
  const fields = ['Build-Depends', 'Build-Depends-Arch', 'Build-Depends-Indep'];
  const relations = fields.flatMap((field) => (fieldOf(stanza, field) ?? '').split(','));
  const kept = relations.flatMap((relation) => {
    const alternatives = relation.split('|').flatMap((each) => plainRelation(each, architecture) ?? []);
    return alternatives.length > 0 ? [alternatives.join(' | ')] : [];
  });
  return [...new Set(kept)].join(', ');
}

function plainRelation(text: string, architecture: string): string | undefined {
  const [, name, bound = ''] = /^\s*([a-z0-9][a-z0-9+.-]+)(?::(?:any|native))?\s*(\([^)]*\))?/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const architectures = /\[([^\]]*)\]/.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  const profiles = [...text.matchAll(/<([^>]*)>/g)].map(([, each = '']) => each.trim().split(/\s+/));
  const isForUs = architectures.length === 0 || isAmong(architectures, architecture);
  const isInProfile = profiles.length === 0 || profiles.some((each) => each.every(isOurs));
  return isForUs && isInProfile ? `${name}${bound && ` ${bound}`}` : undefined;
}

/** Whether a term of a restriction holds for a build whose only profile is that it runs no tests. */
function isOurs(term: string): boolean {
  return term.startsWith('!') !== (term.replace('!', '') === 'nocheck');
}

function isAmong(patterns: readonly string[], architecture: string): boolean {
  const fits = (pattern: string) => [architecture, 'any', 'linux-any', `any-${architecture}`].includes(pattern);
  const refused = patterns.filter((each) => each.startsWith('!')).map((each) => each.slice(1));
  return refused.length > 0 ? !refused.some(fits) : patterns.some(fits);
}
