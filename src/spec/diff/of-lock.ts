import { isForeign, type LockedPackage, type LockHalf } from '../../model/lock-half.js';
import type { ComparablePackage } from './comparable.js';
import { contentFields, detailsOf } from './fields.js';

/** All packages of a lock, whatever distribution it is of: by the names of fields that they share. */
export function packagesOfLock(half: LockHalf): ComparablePackage[] {
  const archives = archivesOf(half);
  return (half.packages ?? []).map((each) => {
    const { name, version, architecture, at } = each;
    const build = textOf(each['build']);
    return {
      ...{ distribution: half.name, name, version },
      ...(isForeign(architecture, half.architecture) && architecture !== undefined && { architecture }),
      ...(architecture !== undefined && { recorded: architecture }),
      ...(at !== undefined && { at }),
      ...(build !== undefined && { build }),
      origins: originsOf(each, archives),
      content: contentOf(each),
      details: detailsOf(each),
    };
  });
}

/** Publishers by the ids of archives: mirrors of one are the same. */
function archivesOf({ archives }: LockHalf): ReadonlyMap<string, string> {
  const listed = Array.isArray(archives) ? (archives as Readonly<Record<string, unknown>>[]) : [];
  return new Map(
    listed.map(({ id, origin, uri, codename, suite }) => [
      String(id),
      [textOf(origin) ?? hostOf(textOf(uri) ?? ''), textOf(codename) ?? textOf(suite)].join(' '),
    ]),
  );
}

function originsOf(each: LockedPackage, archives: ReadonlyMap<string, string>): string[] {
  const { locations, channel, repository, resolved, url, wheel, remotes, origin } = each as Readonly<
    Record<string, unknown>
  >;
  const ids = itemsOf(locations).flatMap(({ archive }) => archives.get(String(archive)) ?? []);
  const named = [textOf(channel), textOf(repository)].flatMap((text) => text ?? []);
  const urls = [textOf(resolved), textOf(url), textOf(fieldOf(wheel, 'url'))].flatMap((text) => text ?? []);
  const direct = textOf(fieldOf(origin, 'url')) ?? textOf(fieldOf(origin, 'path'));
  const fetched = itemsOf(remotes).flatMap((remote) => textOf(remote['url']) ?? []);
  const said = [...ids, ...named, ...fetched, ...(direct === undefined ? [] : [direct])];
  return [...new Set(said.length > 0 ? said : urls.map(hostOf))].sort();
}

/** Hashes of what was had from somewhere; a copy that was made of what is installed tells nothing of that. */
function contentOf(each: LockedPackage): Readonly<Record<string, string>> {
  if (each.certainty === 'repacked') return {};
  const found = contentFields.flatMap((field) => {
    const hash = textOf(each[field]) ?? textOf(fieldOf(each[field], 'sha256'));
    return hash === undefined ? [] : [[field, hash] as const];
  });
  return Object.fromEntries(found);
}

function itemsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((each) => each !== null && typeof each === 'object') : [];
}

function fieldOf(value: unknown, field: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function hostOf(address: string): string {
  return /^[a-z+]+:\/\/(?:[^/@]*@)?([^/]+)/.exec(address)?.[1] ?? address;
}
