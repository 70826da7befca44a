import { ReproError } from '../../errors.js';
import type { Base } from '../../packaging/base-system.js';
import type { Pin } from './private-apt.js';
import type { Candidate, ResolveIndex } from './resolve-index.js';
import type { DebianPackage } from './schema.js';
import { compareVersions } from './versions.js';

/** One line of a manifest's packages. */
export interface Request {
  readonly name: string;
  readonly architecture?: string;
  readonly version?: string;
}

/** `name`, `name=version`, `name:architecture` or `name:architecture=version`; checked by the schema. */
export function parseRequest(text: string): Request {
  const [, name = '', architecture, version] = /^([^:=]+)(?::([^=]+))?(?:=(.+))?$/.exec(text) ?? [];
  return { name, ...(architecture ? { architecture } : {}), ...(version ? { version } : {}) };
}

/** As apt takes it. */
export function requestText({ name, architecture, version }: Request): string {
  return `${name}${architecture ? `:${architecture}` : ''}${version ? `=${version}` : ''}`;
}

/** Throws an error that names a package or version which nobody has, and what there is. */
export function checkAvailable(
  request: Request,
  candidates: readonly Candidate[],
  known: readonly DebianPackage[],
  base: Base,
): void {
  const { name, version } = request;
  const versions = new Set([
    ...candidates.flatMap(({ stanza }) => stanza['Version'] ?? []),
    ...known.filter((entry) => entry.name === name && (entry.sha256 ?? entry.repacked)).map((entry) => entry.version),
  ]);
  const release = base.codename ?? base.release;
  if (versions.size === 0) {
    throw new ReproError('not-rebuildable', `No archive of ${release} has a package ${name}.`, {
      where: name,
      remedy: 'Check its name, or add the archive that has it to the sources of this machine.',
    });
  }
  if (version === undefined || versions.has(version)) return;
  const shown = [...versions].sort(compareVersions).reverse().join(', ');
  throw new ReproError('not-rebuildable', `No archive of ${release} has ${name} at version ${version}.`, {
    where: name,
    remedy: `Take one of these versions: ${shown}.`,
  });
}

/**
 * What the requested versions need at one exact version, and that in turn: apt takes the newest version of a package
 * that was not asked for, even where a requested older one cannot live with it.
 */
export async function exactDependencies(requests: readonly Request[], index: ResolveIndex): Promise<Pin[]> {
  const pins = new Map(requests.flatMap(({ name, version }) => (version ? [[name, version] as const] : [])));
  const requested = new Set(requests.map(({ name }) => name));
  for (let fresh = new Set(pins.keys()); fresh.size > 0; ) {
    const found = await index.of(fresh);
    fresh = new Set();
    for (const { stanza } of [...found.values()].flat()) {
      if (stanza['Version'] !== pins.get(stanza['Package'] ?? '')) continue;
      const relations = `${stanza['Pre-Depends'] ?? ''},${stanza['Depends'] ?? ''}`;
      for (const [, name, version] of relations.matchAll(
        /(?:^|,)\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*\(=\s*([^\s)]+)\s*\)/g,
      )) {
        if (!name || !version || pins.has(name) || requested.has(name)) continue;
        pins.set(name, version);
        fresh.add(name);
      }
    }
  }
  return [...pins].map(([name, version]) => ({ name, version })).filter(({ name }) => !requested.has(name));
}
