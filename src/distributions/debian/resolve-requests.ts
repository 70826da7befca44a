import { ReproError } from '../../errors.js';
import type { Base } from '../../packaging/base-system.js';
import type { Requests } from '../../packaging/requests.js';
import type { Pin } from './private-apt.js';
import type { Candidate, ResolveIndex } from './resolve-index.js';
import { type DebianLock, type DebianManifest, type DebianPackage, packageRequest } from './schema.js';
import { compareVersions } from './versions.js';

/** A package at one version, or at the one that apt takes. */
export interface Request {
  readonly name: string;
  readonly architecture?: string;
  readonly version?: string;
}

/** One line of a manifest's packages. */
export interface LooseRequest extends Omit<Request, 'version'> {
  readonly bound?: { readonly relation: string; readonly version: string };
}

/** `name`, `name=version`, `name>=version`, with `:architecture` after the name or not; checked by the schema. */
export function parseRequest(text: string): LooseRequest {
  const [, name = '', architecture, relation, version] =
    /^([^:=<>]+)(?::([^=<>]+))?(?:([=<>]+)(.+))?$/.exec(text) ?? [];
  return {
    name,
    ...(architecture ? { architecture } : {}),
    ...(relation && version ? { bound: { relation, version } } : {}),
  };
}

/** How a manifest asks for packages. */
export const debianRequests: Requests<DebianManifest> = {
  parse(text) {
    if (!packageRequest.safeParse(text).success) return undefined;
    const { name, architecture } = parseRequest(text);
    return { name: requestText({ name, ...(architecture ? { architecture } : {}) }), text };
  },
  pins(text) {
    const { architecture, bound } = parseRequest(text);
    const version = bound && /^==?$/.test(bound.relation) ? bound.version : undefined;
    return { ...(architecture ? { architecture } : {}), ...(version === undefined ? {} : { version }) };
  },
  allows(text, installed) {
    const { architecture, bound } = parseRequest(text);
    if (architecture !== undefined && ![architecture, 'all', undefined].includes(installed.architecture)) return false;
    const isAllowed = relations[bound?.relation ?? ''] ?? (() => bound === undefined);
    return isAllowed(bound ? compareVersions(installed.version, bound.version) : 0);
  },
  edit: (manifest, change) => ({ ...manifest, packages: [...change(manifest.packages)] }),
};

/** What a manifest asks for, as the used packages of a lock have it. */
export function exactRequests({ packages, architecture }: DebianLock): DebianManifest {
  const used = packages.filter((each) => each.used);
  return {
    name: 'debian',
    packages: used.map(({ name, version, ...one }) => {
      const isForeign = one.architecture !== architecture && one.architecture !== 'all';
      return requestText({ name, version, ...(isForeign ? { architecture: one.architecture } : {}) });
    }),
  };
}

/** Debian policy §7.1 has `<<`, `<=`, `=`, `>=` and `>>`; `<`, `>` and `==` are what people mean by them elsewhere. */
const relations: Readonly<Record<string, (order: number) => boolean>> = {
  '<<': (order) => order < 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '=': (order) => order === 0,
  '==': (order) => order === 0,
  '>=': (order) => order >= 0,
  '>': (order) => order > 0,
  '>>': (order) => order > 0,
};

/** A request with one version: of a loose one the newest that is allowed. Throws where nobody has it, naming what there is. */
export function settleRequest(
  { bound, ...request }: LooseRequest,
  candidates: readonly Candidate[],
  known: readonly DebianPackage[],
  base: Base,
): Request {
  const { name } = request;
  const versions = versionsOf(name, candidates, known);
  const release = base.codename ?? base.release;
  if (bound === undefined) return request;
  const isAllowed = relations[bound.relation] ?? (() => false);
  const version = versions.find((each) => isAllowed(compareVersions(each, bound.version)));
  if (version !== undefined) return { ...request, version };
  const wanted = /^=+$/.test(bound.relation)
    ? `version ${bound.version}`
    : `a version ${bound.relation} ${bound.version}`;
  throw new ReproError('not-rebuildable', `No archive of ${release} has ${name} at ${wanted}.`, {
    where: name,
    remedy: `Take one of these versions: ${versions.join(', ')}.`,
  });
}

/** All that can be had of a package, newest first. */
export function versionsOf(name: string, candidates: readonly Candidate[], known: readonly DebianPackage[]): string[] {
  const versions = new Set([
    ...candidates.flatMap(({ stanza }) => stanza['Version'] ?? []),
    ...known.filter((entry) => entry.name === name && (entry.sha256 ?? entry.repacked)).map((entry) => entry.version),
  ]);
  return [...versions].sort(compareVersions).reverse();
}

/** As apt takes it. */
export function requestText({ name, architecture, version }: Request): string {
  return `${name}${architecture ? `:${architecture}` : ''}${version ? `=${version}` : ''}`;
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
