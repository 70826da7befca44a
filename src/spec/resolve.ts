import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBase } from '../distributions/base-of.js';
import { loadDistribution } from '../distributions/load.js';
import { codeOf, ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { isForeign, type LockedPackage, type LockHalf, needsAmong } from '../model/lock-half.js';
import { type Progress, silent } from '../model/progress.js';
import type { Named } from '../packaging/distribution.js';
import { writeWhole } from '../whole-file.js';
import { halfDigest, manifestDigest, systemOf } from './document/manifest.js';
import { standsOn } from './document/named-packages.js';
import { type Lock, specVersion } from './document/schema.js';
import { layoutOf, parts } from './folder/layout.js';
import { listContents, lockText } from './folder/lock-file.js';
import type { Specification } from './specification.js';

export interface ResolveOptions {
  /** Where archives are asked from. */
  readonly host: Machine;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Ask no archive: then only what is resolved already can be used. */
  readonly offline?: boolean;
  /** Keep a new lock beside the manifest, so that the next create builds the same. Default false. */
  readonly save?: boolean;
}

export interface ResolvedSpecification {
  readonly lock: Lock;
  /** What moved since the manifest was edited, as lines for people; empty where the lock was used as it is. */
  readonly changes: readonly string[];
}

/**
 * The exact half of a spec: its own lock where that belongs to the manifest, otherwise what was edited of the manifest
 * resolved anew.
 */
export async function resolveSpecification(
  spec: Specification,
  options: ResolveOptions,
): Promise<ResolvedSpecification> {
  if (spec.lock) return { lock: spec.lock, changes: [] };
  if (spec.manifest.base.tree) throw shrunkAndEdited(spec);
  if (options.offline) throw unresolvedOffline(spec);
  const lock = await resolveLock(spec, options);
  if (options.save) await saveLock(spec, lock, options.progress ?? silent);
  return { lock, changes: spec.stale ? changesBetween(spec.stale, lock) : [] };
}

function unresolvedOffline({ file }: Specification): ReproError {
  return new ReproError('usage', 'the spec was edited since it was resolved, which cannot be done offline', {
    where: file,
    remedy: 'where there is a network: reproman create --fetch-only',
  });
}

function shrunkAndEdited({ file }: Specification): ReproError {
  return new ReproError('usage', 'the spec was shrunk to files, and edited since: nothing of it can be resolved', {
    where: file,
    remedy: 'edit the spec that it was shrunk from, and shrink that again',
  });
}

async function resolveLock(
  spec: Specification,
  { host, progress = silent, save = false, signal }: ResolveOptions,
): Promise<Lock> {
  const { manifest, stale } = spec;
  const base = systemOf(manifest);
  const libc = (await loadBase(base.distribution, spec.file)).base.libc(base.release);
  const distributions: Lock['distributions'] = [];
  const halves: Lock['halves'] = {};
  for (const half of await wantedDistributions(spec)) {
    const { name } = half;
    const digest = halfDigest(manifest, half);
    const previous = stale?.distributions.find((each) => each.name === name);
    const before = stale?.halves[name];
    if (previous && before?.manifest === digest) {
      distributions.push(previous);
      halves[name] = before;
      continue;
    }
    const module = await loadDistribution(name);
    const context = {
      ...{ base, libc, host, progress, below: [...distributions] },
      ...(previous ? { previous } : {}),
      ...(save ? { contents: spec.contents } : {}),
      ...(signal ? { signal } : {}),
    };
    const adapted = module?.adapt?.(half, { base, below: context.below }) ?? half;
    const resolved = await module?.resolve?.(adapted, context);
    if (!resolved) throw unresolvable(module?.title ?? name, previous !== undefined, spec.file);
    distributions.push({ ...resolved.lock });
    halves[name] = { manifest: digest, epoch: resolved.epoch ?? before?.epoch ?? stale?.epoch ?? 0 };
  }
  const folder = layoutOf(spec.file).folder;
  return {
    version: specVersion,
    manifest: manifestDigest(manifest),
    epoch: Math.max(0, ...Object.values(halves).map(({ epoch }) => epoch)),
    distributions,
    halves,
    ...(stale?.snapshot ? { snapshot: stale.snapshot } : {}),
    ...(stale?.paths ? { paths: stale.paths } : {}),
    traces: keptTraces(spec),
    contents: await listContents(join(folder, parts.contents)),
  };
}

/** The base is a distribution even where no package of it is asked for; what others stand on is asked for then. */
export async function wantedDistributions({ manifest, file }: Specification): Promise<readonly Named[]> {
  const { distributions, base } = manifest;
  const { base: system, requests } = await loadBase(base.distribution, file);
  const { bare } = system;
  if (distributions.some(({ name }) => name === bare.name)) return distributions;
  const below = await standsOn(distributions.map(({ name }) => name));
  return [requests?.edit(bare, () => below) ?? bare, ...distributions];
}

/** An edited manifest may have lost a run or step; its trace goes with it. */
function keptTraces({ manifest, stale }: Specification): Lock['traces'] {
  const ids = new Set([...(manifest.steps ?? []), ...manifest.runs].map(({ id }) => id));
  return Object.fromEntries(Object.entries(stale?.traces ?? {}).filter(([id]) => ids.has(id)));
}

function unresolvable(title: string, wasLocked: boolean, where: string): ReproError {
  const remedy = wasLocked
    ? 'undo what was edited of its part of the spec and of the base, or trace again'
    : 'trace a command that uses it, or take it out of the spec';
  return new ReproError('usage', `${title} cannot be resolved from names`, { where, remedy });
}

/** What moved from one lock to another: `distribution name version -> version`, added and removed packages. */
export function changesBetween(before: Lock, after: Lock): string[] {
  const [old, now] = [packagesByName(before.distributions), packagesByName(after.distributions)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    const [from, to] = [old.get(name)?.version, now.get(name)?.version];
    if (from === to) return [];
    if (from === undefined) return [`${name} ${to} added`];
    return [to === undefined ? `${name} ${from} removed` : `${name} ${from} -> ${to}`];
  });
}

/** One package of a lock, by the name that tells it from others. */
export interface NamedPackage {
  readonly distribution: string;
  /** With its architecture where that is not the usual one. */
  readonly name: string;
  readonly version: string;
  readonly at?: string;
  /** The packages that need it, by their keys among all. */
  readonly needed: readonly string[];
}

/** All packages of locks by distribution, name and place. */
export function packagesByName(halves: readonly LockHalf[]): Map<string, NamedPackage> {
  const found = new Map<string, NamedPackage>();
  for (const half of halves) {
    const { name: distribution, packages = [] } = half;
    const neededBy = needsAmong(half);
    const dependents = new Map<LockedPackage, string[]>(packages.map((each) => [each, []]));
    for (const each of packages) {
      for (const needed of neededBy(each)) dependents.get(needed)?.push(keyOf(each, half));
    }
    for (const [each, needed] of dependents) {
      const { version, at } = each;
      const place = at === undefined ? {} : { at };
      found.set(keyOf(each, half), { distribution, name: nameOf(each, half), version, ...place, needed });
    }
  }
  return found;
}

function keyOf(each: LockedPackage, half: LockHalf): string {
  return `${half.name} ${nameOf(each, half)}${each.at === undefined ? '' : ` in ${each.at}`}`;
}

function nameOf({ name, architecture }: LockedPackage, { architecture: usual }: LockHalf): string {
  return isForeign(architecture, usual) ? `${name}:${architecture}` : name;
}

/** A folder that may not be written is no reason not to build. */
async function saveLock(spec: Specification, lock: Lock, progress: Progress): Promise<void> {
  const { folder } = layoutOf(spec.file);
  const file = join(folder, parts.lock);
  try {
    await mkdir(folder, { recursive: true });
    await writeWhole(file, (draft) => writeFile(draft, lockText(lock)));
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error;
    progress({ kind: 'note', message: `the lock is not kept: ${folder} cannot be written (${code})` });
  }
}
