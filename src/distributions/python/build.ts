import { download } from '../../archives/download.js';
import { ReproError, reasonOf } from '../../errors.js';
import { usualPath } from '../../exec.js';
import type { PlannedPackage } from '../../model/plan.js';
import { documentPath } from '../../model/schemas.js';
import type { CompiledLanguage } from '../../packaging/base-system.js';
import type { BuildRecipe, BuildRecipeContext, SourceBuilder } from '../../packaging/source-builder.js';
import { buildScript } from './build-script.js';
import { cannot, siteFor, toolsFor } from './build-tools.js';
import { type PythonLock, type PythonPackage, pythonLockSchema } from './schema.js';
import { archiveIndexes } from './settings.js';
import { filesOfProject } from './simple-index.js';
import { readSource, sourceAmong } from './source-archive.js';

/** Where what builds is, away from all that is built. */
const path = '/build/environment';

/** The whole of Python, of which a base may have but the least. */
const whole = ['python3'];

type Variables = Readonly<Record<string, string | undefined>>;
type Source = NonNullable<PythonPackage['sdist']>;

/** How wheels are built from source distributions: by the same Python on the same base, with what the source says that it takes. */
export function buildPython(variables: Variables): SourceBuilder {
  return async (packages, context) => {
    const half = context.lock.distributions.find(({ name }) => name === 'python');
    const recipes: BuildRecipe[] = [];
    for (const planned of half ? packages : []) {
      try {
        recipes.push(await recipeOf(planned, pythonLockSchema.parse(half), variables, context));
      } catch (error) {
        context.signal?.throwIfAborted();
        if (!(error instanceof ReproError)) throw error;
        context.lacks(planned, `it cannot be built: ${reasonOf(error)}`);
      }
    }
    return recipes;
  };
}

async function recipeOf(
  planned: PlannedPackage,
  lock: PythonLock,
  variables: Variables,
  context: BuildRecipeContext,
): Promise<BuildRecipe> {
  const { base, host, system } = context;
  const { epoch, distributions } = context.lock;
  const { name, version } = planned;
  const isAt = (text: string) => planned.at === documentPath(text);
  const entry = lock.packages.find((each) => each.name === name && each.version === version && isAt(each.at));
  const environment = lock.environments.find((each) => isAt(each.site ?? each.path));
  const below = distributions.find((half) => half.name === base.distribution);
  if (!entry || !environment || !below) throw cannot('the lock does not say what Python it is for');
  const indexes = await archiveIndexes(variables, host, lock.indexes);
  const { source, says } = await sourceOf(entry, indexes, context);
  const { build, languages } = await readSource(await inStore(source, context), source.name);
  const site = siteFor(path, environment);
  const tools = await toolsFor(build, site, indexes, context);
  const compilers = compilersFor(languages, system.compilers(base.release));
  const result = `${name}-${version}.whl`;
  return {
    title: `${name} ${version}`,
    results: new Map([[result, planned]]),
    sources: [asPlanned(planned, source)],
    room: {
      locks: [below, tools.lock],
      more: [...whole, ...compilers],
      epoch,
    },
    commands: [
      {
        title: `the build of ${source.name}`,
        argv: [`${path}/bin/python`, '-B', '-c', buildScript, source.name, build.backend, result, ...build.path],
        variables: {
          HOME: '/nonexistent',
          LC_ALL: 'C.UTF-8',
          PATH: `${path}/bin:${usualPath}`,
          PYTHONHASHSEED: '0',
          SOURCE_DATE_EPOCH: `${epoch}`,
          TZ: 'UTC',
        },
      },
    ],
    evidence: `${says}; built by Python ${site.python} ${tools.says}`,
  };
}

/** What is translated from any language is put together by what C takes. */
function compilersFor(
  languages: ReadonlySet<CompiledLanguage>,
  ofBase: ReturnType<BuildRecipeContext['system']['compilers']>,
): readonly string[] {
  if (languages.size === 0) return [];
  const needed = new Set<CompiledLanguage>(['c', ...[...languages].sort()]);
  return [...[...needed].flatMap((language) => ofBase[language]), ...ofBase.python];
}

/** The source that the lock names, else the one that an index has of this very version. */
async function sourceOf(
  { name, version, sdist, origin }: PythonPackage,
  indexes: readonly string[],
  { client, signal }: BuildRecipeContext,
): Promise<{ readonly source: Source; readonly says: string }> {
  if (sdist) return { source: sdist, says: `its source ${sdist.name} by the hash in the lock` };
  if (origin) throw cannot(`it is of ${origin.url}, and not of a package index`);
  if (indexes.length === 0) throw cannot('no package index is to be asked for its source');
  const files = await filesOfProject(name, indexes, client, signal).catch((error: unknown) => {
    throw cannot(reasonOf(error));
  });
  const source = sourceAmong(files, version);
  if (!source) throw cannot('no package index has its source with a hash');
  return { source, says: `its source ${source.name} as a package index has it (SHA-256 ${source.sha256})` };
}

async function inStore(source: Source, { store, client, signal }: BuildRecipeContext): Promise<string> {
  const there = await store.verified(source.sha256);
  if (there !== undefined) return there;
  try {
    await store.add(download(source.url, { client, ...(signal && { signal }) }), source.sha256);
  } catch (error) {
    signal?.throwIfAborted();
    throw cannot(`${source.url}: ${reasonOf(error)}`);
  }
  return store.locate(source.sha256);
}

function asPlanned({ name, version }: PlannedPackage, source: Source): PlannedPackage {
  const digest = { algorithm: 'sha256', value: source.sha256 } as const;
  const size = source.size === undefined ? {} : { size: source.size };
  const artifact = { name: source.name, digest, ...size, urls: [source.url] };
  return { distribution: 'python', name, version, used: true, artifact };
}
