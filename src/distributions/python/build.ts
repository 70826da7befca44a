import { namedIn } from '../../archives/addresses.js';
import { download } from '../../archives/download.js';
import { ReproError, reasonOf } from '../../errors.js';
import type { PlannedPackage } from '../../model/plan.js';
import { documentPath } from '../../model/schemas.js';
import type { BuildRecipe, BuildRecipeContext, SourceBuilder } from '../../packaging/source-builder.js';
import { buildScript } from './build-script.js';
import { markerEnvironment } from './closure.js';
import type { MarkerEnvironment } from './markers.js';
import { applies, parseRequirement } from './requirements.js';
import { resolvePackages } from './resolve-packages.js';
import { type PythonEnvironment, type PythonLock, type PythonPackage, pythonLockSchema } from './schema.js';
import { indexesOf } from './settings.js';
import { filesOfProject } from './simple-index.js';
import { type BuildSystem, readSource, sourceAmong } from './source-archive.js';
import { minorOf } from './virtual-environment.js';

/** Where what builds is, away from all that is built. */
const path = '/build/environment';

/** The whole of Python, of which a base may have but the least. */
const whole = ['python3'];

/** What C and C++ code takes, by the distribution that is the base. */
const compilers: Readonly<Record<string, readonly string[]>> = {
  debian: ['build-essential', 'python3-dev'],
  rpm: ['gcc', 'gcc-c++', 'python3-devel'],
  apk: ['build-base', 'python3-dev'],
};

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
  const { base, host } = context;
  const { name, version } = planned;
  const isAt = (text: string) => planned.at === documentPath(text);
  const entry = lock.packages.find((each) => each.name === name && each.version === version && isAt(each.at));
  const environment = lock.environments.find((each) => isAt(each.site ?? each.path));
  const system = context.lock.distributions.find((half) => half.name === base.distribution);
  if (!entry || !environment || !system) throw cannot('the lock does not say what Python it is for');
  const set = namedIn(variables, 'REPROMAN_PYTHON_ARCHIVES')?.map((archive) => `${archive}/simple`) ?? [];
  const indexes = [...new Set([...set, ...(await indexesOf(host, variables)), ...(lock.indexes ?? [])])];
  const { source, says } = await sourceOf(entry, indexes, context);
  const { build, hasCompiled } = await readSource(await inStore(source, context), source.name);
  const room = roomFor(environment);
  const tools = await toolsFor(build, room, indexes, context);

  const result = `${name}-${version}.whl`;
  const interpreter = `${path}/bin/python`;
  return {
    title: `${name} ${version}`,
    results: new Map([[result, planned]]),
    sources: [asPlanned(planned, source)],
    environment: [system, tools],
    tools: [...whole, ...(hasCompiled ? (compilers[base.distribution] ?? []) : [])],
    epoch: context.lock.epoch,
    commands: [
      {
        title: `the build of ${source.name}`,
        argv: [interpreter, '-B', '-c', buildScript, source.name, build.backend, result, ...build.path],
        environment: {
          HOME: '/nonexistent',
          LC_ALL: 'C.UTF-8',
          PATH: `${path}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
          PYTHONHASHSEED: '0',
          SOURCE_DATE_EPOCH: `${context.lock.epoch}`,
          TZ: 'UTC',
        },
      },
    ],
    evidence: `${says}; built by Python ${room.python ?? ''} ${withTools(build, tools)}`,
  };
}

/** The source that the lock names, else the one that an index has of this very version. */
async function sourceOf(
  { name, version, sdist, origin }: PythonPackage,
  indexes: readonly string[],
  { client, signal }: BuildRecipeContext,
): Promise<{ readonly source: Source; readonly says: string }> {
  if (sdist) return { source: sdist, says: `its source ${sdist.name} by the hash in the lock` };
  if (origin) throw cannot(`it is of ${origin.url}, and not of a package index`);
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

/** A new environment of the Python that the packages are for. */
function roomFor({ interpreter = '/usr/bin/python3', python }: PythonEnvironment): PythonEnvironment {
  const minor = minorOf(python);
  if (minor === undefined) throw cannot('the lock does not say for which version of Python');
  if (!interpreter.startsWith('/usr/bin/')) throw cannot(`its Python ${interpreter} is not one of the base system`);
  return {
    path,
    interpreter,
    ...(python === undefined ? {} : { python }),
    systemSitePackages: false,
    site: `${path}/lib/python${minor}/site-packages`,
    entries: [],
  };
}

/** What builds, from the same indexes; where these do not have it, what the base itself has is seen. */
async function toolsFor(
  { requires }: BuildSystem,
  environment: PythonEnvironment,
  indexes: readonly string[],
  { client, store, host, signal, progress }: BuildRecipeContext,
): Promise<PythonLock> {
  const half = { name: 'python' as const, environments: [environment], requires: [] };
  const site = environment.site ?? path;
  const target = { environment, site, machine: host.platform.machine };
  const from = { known: [], indexes: async () => indexes, client, store, ...(signal && { signal }) };
  try {
    const facts = markerEnvironment(
      { python: minorOf(environment.python) ?? '' },
      environment.python ?? '',
      target.machine,
    );
    const asked = requires.filter((text) => isNeeded(text, facts));
    return { ...half, packages: await resolvePackages(asked, target, from), indexes: [...indexes] };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ReproError)) throw error;
    progress({ kind: 'note', message: `what builds is taken from the base system: ${reasonOf(error)}` });
    return { ...half, environments: [{ ...environment, systemSitePackages: true }], packages: [] };
  }
}

/** What cannot be read is a mistake, which is told where it is asked for. */
function isNeeded(text: string, facts: MarkerEnvironment): boolean {
  const requirement = parseRequirement(text);
  return requirement === undefined || applies(requirement, facts);
}

function withTools({ requires }: BuildSystem, { packages }: PythonLock): string {
  if (packages.length > 0) return `with ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`;
  return requires.length === 0 ? 'with its own backend' : 'with what the base system has to build';
}

function asPlanned({ name, version }: PlannedPackage, source: Source): PlannedPackage {
  const digest = { algorithm: 'sha256', value: source.sha256 } as const;
  const size = source.size === undefined ? {} : { size: source.size };
  const artifact = { name: source.name, digest, ...size, urls: [source.url] };
  return { distribution: 'python', name, version, used: true, artifact };
}

function cannot(reason: string): ReproError {
  return new ReproError('not-rebuildable', reason);
}
