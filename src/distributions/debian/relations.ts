import type { VersionRelation } from './versions.js';

/** One alternative of a dependency: `name:qualifier (relation version)`. */
export interface Relation {
  readonly name: string;
  /** `any`, or an architecture. */
  readonly qualifier?: string;
  readonly constraint?: { readonly relation: VersionRelation; readonly version: string };
}

/** Groups of alternatives, which must all hold; and what cannot be read as it stands, so that it can be told. */
export interface Dependencies {
  readonly groups: readonly (readonly Relation[])[];
  readonly unreadable: readonly string[];
}

/**
 * Reads a field such as Depends.
 * https://www.debian.org/doc/debian-policy/ch-relationships.html
 */
export function parseRelations(field: string): Dependencies {
  const groups: Relation[][] = [];
  const unreadable: string[] = [];
  for (const text of field.split(',')) {
    const group = text.trim();
    if (group === '') continue;
    const alternatives = group.includes('|') ? group.split('|') : [group];
    const known = alternatives.flatMap((alternative) => parseRelation(alternative.trim()) ?? []);
    if (known.length < alternatives.length) unreadable.push(group);
    if (known.length > 0) groups.push(known);
  }
  return { groups, unreadable };
}

const relationPattern =
  /^([a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?(?:\s*\[[^\]]*\])?(?:\s*<[^>]*>)*$/;

function parseRelation(text: string): Relation | undefined {
  const match = relationPattern.exec(text);
  if (!match?.[1]) return undefined;
  const [, name, qualifier, relation, version] = match;
  return {
    name,
    ...(qualifier ? { qualifier } : {}),
    ...(relation && version ? { constraint: { relation: relation as VersionRelation, version } } : {}),
  };
}
