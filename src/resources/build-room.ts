import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Build, Built } from '../archives/build.js';
import { fetchArtifacts } from '../archives/fetch.js';
import { findStandIn, noteStandIn } from '../archives/stand-ins.js';
import { loadBase } from '../distributions/base-of.js';
import { buildRecipesFor } from '../distributions/build-recipes.js';
import { loadDistribution } from '../distributions/load.js';
import { ReproError, reasonOf } from '../errors.js';
import { usualPath } from '../exec.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import { canonicalJson, type Sha256, sha256 } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import { isoDate } from '../model/epoch.js';
import { type FilePath, joinPath, pathFromText, rootPath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { PlannedPackage } from '../model/plan.js';
import { silent } from '../model/progress.js';
import type { BuildCommand, BuildRecipe } from '../packaging/source-builder.js';
import { scratchFolder } from '../scratch.js';
import { systemOf } from '../spec/document/manifest.js';
import { type Manifest, specVersion } from '../spec/document/schema.js';
import { layoutOf, parts } from '../spec/folder/layout.js';
import { readSpecification } from '../spec/read.js';
import type { Specification } from '../spec/specification.js';
import { draftSpecification } from '../spec/write.js';
import type { CreateOptions, createEnvironment } from './create.js';
import { type InRoomOptions, inRoom } from './room.js';

type RoomOptions = InRoomOptions & Pick<CreateOptions, 'spec' | 'lock'>;

/** Where Debian's own builders have their sources too: what is built may tell where it was. */
const place = pathFromText('/build/reproducible-path');

/** Builds packages from their sources, each source in an environment of its own that is made for it and removed. */
export function buildInRooms(options: RoomOptions, create: typeof createEnvironment): Build {
  return async (packages, asking) => {
    const { spec, lock, store, progress = silent } = options;
    const base = systemOf(spec.manifest);
    const built = new Map<PlannedPackage, Built>();
    const { base: system } = await loadBase(base.distribution, spec.file);
    const systems: Systems = new Map();
    for (const recipe of await buildRecipesFor(packages, { ...asking, base, system, lock, store, progress })) {
      try {
        for (const [planned, one] of await carryOut(recipe, { base, systems }, options, create))
          built.set(planned, one);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof ReproError)) throw error;
        for (const planned of recipe.results.values()) asking.lacks(planned, `it cannot be built: ${reasonOf(error)}`);
      }
    }
    return built;
  };
}

/** Locks of bases with the packages that rooms have beside them: most rooms have the same. */
type Systems = Map<string, LockHalf>;

interface RoomBase {
  readonly base: Manifest['base'];
  readonly systems: Systems;
}

async function carryOut(
  recipe: BuildRecipe,
  below: RoomBase,
  options: RoomOptions,
  create: typeof createEnvironment,
): Promise<Map<PlannedPackage, Built>> {
  const { host, store, progress = silent, signal } = options;
  await using scratch = await scratchFolder('build');
  const spec = await roomSpec(recipe, below, join(scratch.path, 'environment.yml'), options);
  const places = { store, contents: spec.contents, host, progress, ...(signal && { signal }) };
  const sources = await fetchArtifacts(recipe.sources, places);
  const { name, key } = nameFor(recipe);
  const work = () =>
    inRoom(name, spec, { options, create }, async ({ resource, backend, host }) => {
      await using machine = await backend.connectCopy(resource, host, { network: false, signal });
      await required(machine.shell).put(rootPath, sourcesTar(recipe, sources));
      for (const command of recipe.commands) await runIn(machine, command, signal);
      return await resultsOf(recipe, machine, store);
    });
  // Of two processes that want the same built, the second finds the room free again, and maybe what it wants.
  const workOnce = async (hasWaited: boolean) => (hasWaited && (await builtBefore(recipe, store))) || (await work());
  return await store.alone({ algorithm: 'sha256', value: key }, workOnce, signal);
}

/** Of the room as `ls` shows it while it is there: sources of one name and version are of several distributions. */
export function nameFor({ title, results }: Pick<BuildRecipe, 'title' | 'results'>) {
  const distributions = new Set([...results.values()].map(({ distribution }) => distribution));
  const whose = [...distributions].sort().join('-');
  const key = sha256(`${whose} ${title}`);
  const words = title.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
  return { name: `build-${whose}-${words.slice(0, 30)}-${key.slice(0, 8)}`, key };
}

/** What another process built meanwhile, where that is all. */
async function builtBefore({ results }: BuildRecipe, store: CreateOptions['store']) {
  const built = new Map<PlannedPackage, Built>();
  for (const planned of results.values()) {
    const before = await findStandIn(planned, store, 'same-source');
    if (!before) return undefined;
    built.set(planned, { sha256: before.sha256, evidence: before.evidence });
  }
  return built;
}

/** A spec of nothing but the packages that it takes to build. */
async function roomSpec(
  { room: { locks: ours, more = [], epoch } }: BuildRecipe,
  { base, systems }: RoomBase,
  output: string,
  options: RoomOptions,
): Promise<Specification> {
  const [system, ...others] = ours;
  const key = canonicalJson([system, more]);
  const whole = systems.get(key) ?? (await withMore(system, more, options));
  systems.set(key, whole);
  const locks = [whole, ...others];
  const distributions = await Promise.all(
    locks.map(async (lock) => ({ ...((await loadDistribution(lock.name))?.exact?.(lock) ?? { name: lock.name }) })),
  );
  await using draft = await draftSpecification(output);
  const kept = join(layoutOf(options.spec.file).folder, parts.contents);
  await draft.takeContents(kept, new Set(JSON.stringify(locks).match(/\b[0-9a-f]{64}\b/g)));
  await draft.publish(
    { version: specVersion, base, distributions, files: [], runs: [], epoch: isoDate(epoch) },
    locks.map((lock) => ({ lock, epoch })),
  );
  return await readSpecification(output);
}

/** The lock of a base with more packages, as its archives have them now. */
async function withMore(
  system: LockHalf,
  more: readonly string[],
  { host, spec, progress = silent, signal }: RoomOptions,
): Promise<LockHalf> {
  const module = await loadDistribution(system.name);
  const half = module?.exact?.(system);
  if (more.length === 0 || !module?.resolve || !half) return system;
  const asked = module.requests?.edit(half, (requests) => [...requests, ...more]) ?? half;
  const base = systemOf(spec.manifest);
  const libc = (await loadBase(base.distribution, spec.file)).base.libc(base.release);
  const context = { base, libc, previous: system, host, progress, ...(signal && { signal }) };
  return (await module.resolve(asked, context)).lock;
}

function sourcesTar(
  { sources, room: { epoch } }: BuildRecipe,
  found: Awaited<ReturnType<typeof fetchArtifacts>>,
): Readable {
  async function* members(): AsyncGenerator<Uint8Array> {
    const owner = { uid: 0, gid: 0, mtime: epoch };
    const folder = place.slice(1);
    yield tarHeader({ name: 'build', type: 'directory', mode: 0o755, size: 0, ...owner });
    yield tarHeader({ name: folder, type: 'directory', mode: 0o755, size: 0, ...owner });
    for (const planned of sources) {
      const { file } = required(found.get(planned));
      const { size } = await stat(file);
      yield tarHeader({ name: `${folder}/${planned.artifact.name}`, type: 'file', mode: 0o644, size, ...owner });
      yield* createReadStream(file);
      yield tarPadding(size);
    }
    yield tarEnd();
  }
  return Readable.from(members(), { objectMode: false });
}

async function runIn({ shell }: Machine, { title, argv, folder, variables = {} }: BuildCommand, signal?: AbortSignal) {
  const cwd = folder === undefined ? place : joinPath(place, pathFromText(folder));
  const options = { cwd, environment: { PATH: usualPath, ...variables }, umask: 0o022, ...(signal && { signal }) };
  const { exit, stdout, stderr } = await required(shell).run(argv, options);
  if (exit.code === 0) return;
  const said = `${stdout.toString('utf8')}\n${stderr.toString('utf8')}`.trim().split('\n').slice(-4).join(' / ');
  throw new ReproError('step-failed', `${title ?? argv.join(' ')} ended with ${exit.code ?? exit.signal}: ${said}`);
}

async function resultsOf(
  { results, title, evidence }: BuildRecipe,
  machine: Machine,
  store: CreateOptions['store'],
): Promise<Map<PlannedPackage, Built>> {
  const there = new Set<FilePath>(await machine.files.list(place));
  const built = new Map<PlannedPackage, Built>();
  for (const [file, planned] of results) {
    const name = pathFromText(file);
    if (!there.has(name)) throw new ReproError('step-failed', `the build of ${title} leaves no ${file}`);
    const kept: { readonly hash: Sha256 } = await store.add(machine.files.stream(joinPath(place, name)));
    built.set(planned, { sha256: kept.hash, evidence });
    const standIn = { rung: 'built', sameness: 'same-source', sha256: kept.hash, evidence } as const;
    await noteStandIn(planned, standIn, store);
  }
  return built;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new ReproError('step-failed', 'the build environment is not whole');
  return value;
}
