import { ReproError, reasonOf } from '../../errors.js';
import type { BuildRecipeContext } from '../../packaging/source-builder.js';
import { markerEnvironment } from './closure.js';
import type { MarkerEnvironment } from './markers.js';
import { applies, parseRequirement } from './requirements.js';
import { type ResolveSources, resolvePackages } from './resolve-packages.js';
import type { PythonEnvironment, PythonLock, PythonPackage } from './schema.js';
import type { BuildSystem } from './source-archive.js';
import { minorOf } from './virtual-environment.js';

/** What builds, as it is installed, and how that was chosen. */
export interface BuildTools {
  readonly lock: PythonLock;
  /** For evidence. */
  readonly says: string;
}

/** A new environment of the Python that the packages are for. */
export function siteFor(path: string, { interpreter = '/usr/bin/python3', python }: PythonEnvironment) {
  const minor = minorOf(python);
  if (minor === undefined || python === undefined) throw cannot('the lock does not say for which version of Python');
  if (!interpreter.startsWith('/usr/bin/')) throw cannot(`its Python ${interpreter} is not one of the base system`);
  const site = `${path}/lib/python${minor}/site-packages`;
  return { path, interpreter, python, systemSitePackages: false, site, entries: [] } satisfies PythonEnvironment;
}

/**
 * What builds, from package indexes as of the date of the lock; where these do not tell what they had then, or had too
 * little, as they are now; where they do not have it either, what the base itself has is seen.
 */
export async function toolsFor(
  { requires }: BuildSystem,
  environment: ReturnType<typeof siteFor>,
  indexes: readonly string[],
  { base, client, store, host, system, lock: { epoch }, signal, progress }: BuildRecipeContext,
): Promise<BuildTools> {
  const { site, python } = environment;
  const half = { name: 'python' as const, environments: [environment], requires: [] };
  const { processor: machine } = host;
  const facts = markerEnvironment({ python: minorOf(python) ?? '' }, python, machine);
  const asked = requires.filter((text) => isNeeded(text, facts));
  if (asked.length === 0) return { lock: { ...half, packages: [] }, says: 'with its own backend' };
  const from: ResolveSources = { known: [], indexes: async () => indexes, client, store, ...(signal && { signal }) };
  const target = { environment, site, machine, libc: system.libc(base.release) };
  const found = (packages: PythonPackage[], when: string): BuildTools => ({
    lock: { ...half, packages, indexes: [...indexes] },
    says: `with ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')} ${when}`,
  });
  const resolved = (at?: number) => resolvePackages(asked, target, { ...from, ...(at !== undefined && { at }) });
  const dated = await attempt(async () => found(await resolved(epoch), 'of the date of the lock'), signal);
  if ('lock' in dated) return dated;
  const now = await attempt(async () => found(await resolved(), `as of now: ${dated.reason}`), signal);
  if ('lock' in now) return now;
  progress({ kind: 'note', message: `what builds is taken from the base system: ${now.reason}` });
  const lock = { ...half, environments: [{ ...environment, systemSitePackages: true }], packages: [] };
  return { lock, says: 'with what the base system has to build' };
}

async function attempt<T>(
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | { readonly reason: string }> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ReproError)) throw error;
    return { reason: reasonOf(error).replace(/\.$/, '') };
  }
}

/** What cannot be read is a mistake, which is told where it is asked for. */
function isNeeded(text: string, facts: MarkerEnvironment): boolean {
  const requirement = parseRequirement(text);
  return requirement === undefined || applies(requirement, facts);
}

/** Why a package cannot be built. */
export function cannot(reason: string): ReproError {
  return new ReproError('not-rebuildable', reason);
}
