import { fieldOf, type Stanza } from '../../archives/apt/deb822.js';
import { ReproError } from '../../errors.js';
import type { Base } from '../../packaging/base-system.js';
import type { Gone } from '../../packaging/requests.js';
import { parseRelations } from './relations.js';
import type { ResolveIndex } from './resolve-index.js';
import { type LooseRequest, versionsOf } from './resolve-requests.js';
import type { DebianPackage } from './schema.js';
import { compareVersions } from './versions.js';

interface Sought {
  readonly index: ResolveIndex;
  readonly known: readonly DebianPackage[];
  readonly former: readonly DebianPackage[];
  readonly base: Base;
}

/** Tells requests that can be met from those whose package has gone, and what became of that. */
export async function findWhatIsThere(
  requests: readonly LooseRequest[],
  { index, known, former, base }: Sought,
): Promise<{ there: readonly LooseRequest[]; gone: readonly Gone[] }> {
  const available = await index.of(new Set(requests.map(({ name }) => name)));
  const isThere = ({ name }: LooseRequest) => versionsOf(name, available.get(name) ?? [], known).length > 0;
  const formerOf = (name: string) => former.find((each) => each.name === name);
  const lacking = requests.filter((each) => !isThere(each)).map(({ name }) => ({ name, former: formerOf(name) }));
  if (lacking.length === 0) return { there: requests, gone: [] };
  const gone = await findGone(lacking, index.all());
  refuseGone(gone, (name) => formerOf(name)?.automatic ?? false, base);
  return { there: requests.filter(isThere), gone };
}

/** A package that no archive has, as it was installed where that is known. */
export interface Lacking {
  readonly name: string;
  readonly former?: DebianPackage | undefined;
}

/**
 * What became of packages that an index does not have: others say in Provides and Replaces whose place they took (policy
 * §7.5, §7.6). Of what only came with another package the one of its source that has its name with other numbers does
 * as well: no archive says of `libicu72` that it came after `libicu67`.
 */
export async function findGone(lacking: readonly Lacking[], index: AsyncIterable<Stanza>): Promise<Gone[]> {
  const open = lacking.map((each) => ({ ...each, claiming: new Set<string>(), numbered: new Set<string>() }));
  const byName = new Map(open.map((each) => [each.name, each]));
  const byPattern = new Map(open.flatMap((each) => (each.former ? [[patternOf(each.former), each] as const] : [])));
  for await (const stanza of index) {
    const { Package: name = '' } = stanza;
    const claims = `${fieldOf(stanza, 'Provides') ?? ''},${fieldOf(stanza, 'Replaces') ?? ''}`;
    // Most packages take nobody's place, and most claims are of others.
    if (claims.length > 1) {
      for (const relation of parseRelations(claims).groups.flat()) byName.get(relation.name)?.claiming.add(name);
    }
    const source = /^\S+/.exec(fieldOf(stanza, 'Source') ?? '')?.[0];
    byPattern.get(patternOf({ name, source }))?.numbered.add(name);
  }
  return open.map(({ name, former, claiming, numbered }) => {
    const successors = [...claiming].sort();
    const newest = [...numbered].sort(compareVersions).at(-1);
    const claimed = successors.length === 1 ? successors[0] : successors.find((each) => each === newest);
    const instead = claimed ?? (former?.automatic ? newest : undefined);
    return { name, successors, ...(instead === undefined ? {} : { instead }) };
  });
}

/** The name and source of a package without their numbers; `t64` is of the change to 64-bit time. */
function patternOf({ name, source = name }: { readonly name: string; readonly source?: string | undefined }): string {
  return [name.replace(/t64$/, ''), source].map((text) => text.replace(/\d+(?:\.\d+)*/g, '#')).join(' ');
}

/** Ends where packages are gone that somebody asked for by name, and nothing took their place. */
function refuseGone(gone: readonly Gone[], isAutomatic: (name: string) => boolean, base: Base): void {
  const lost = gone.filter(({ name, instead }) => instead === undefined && !isAutomatic(name));
  if (lost.length === 0) return;
  const release = base.codename ?? base.release;
  const names = lost.map(({ name }) => name).join(', ');
  const said = lost.flatMap(({ name, successors }) =>
    successors.length === 0 ? [] : [` ${name} is provided or replaced by ${successors.join(', ')}.`],
  );
  const what = lost.length === 1 ? `a package ${names}` : `the packages ${names}`;
  throw new ReproError('not-rebuildable', `No archive of ${release} has ${what}.${said.join('')}`, {
    where: names,
    remedy: 'Check the name, ask for another package, or add the archive that has it to the sources of this machine.',
  });
}
