import type { Unmet } from '../../packaging/distribution.js';
import { parseRelations, type Relation } from './relations.js';
import type { DebianLock, DebianPackage } from './schema.js';
import { satisfiesVersion } from './versions.js';

/** A name that something goes by: a package's own, or one that it provides. */
interface Standing {
  readonly by: DebianPackage;
  readonly version: string | undefined;
}

/**
 * Packages of a lock that apt would not install together. Architectures are not looked at: what a lock has of several
 * was installed together once.
 */
export function unmetOfDebian({ packages }: DebianLock): Unmet[] {
  const standing = new Map<string, Standing[]>();
  const add = (name: string, each: Standing) => standing.set(name, [...(standing.get(name) ?? []), each]);
  for (const by of packages) {
    add(by.name, { by, version: by.version });
    for (const { name, constraint } of relationsOf(by, 'Provides').flat())
      add(name, { by, version: constraint?.version });
  }
  const fitting = ({ name, constraint }: Relation) =>
    (standing.get(name) ?? []).filter(({ version }) => {
      if (!constraint) return true;
      return version !== undefined && satisfiesVersion(version, constraint.relation, constraint.version);
    });
  return packages.flatMap((dependent) => {
    const lacking = relationsOf(dependent, 'Pre-Depends', 'Depends').filter(
      (group) => !group.some((relation) => fitting(relation).length > 0),
    );
    const inItsWay = relationsOf(dependent, 'Breaks', 'Conflicts').filter((group) =>
      group.some((relation) => fitting(relation).some(({ by }) => by.name !== dependent.name)),
    );
    return [...lacking, ...inItsWay].map((group) => ({
      package: dependent.name,
      needs: group.map(({ name }) => name),
    }));
  });
}

function relationsOf({ control }: DebianPackage, ...fields: readonly string[]): readonly (readonly Relation[])[] {
  return fields.flatMap((field) => parseRelations(control[field] ?? '').groups);
}
