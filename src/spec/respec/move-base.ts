import { loadSystem } from '../../distributions/base-of.js';
import { ReproError } from '../../errors.js';
import type { Base } from '../../packaging/base-system.js';
import type { Manifest } from '../document/schema.js';
import type { Specification } from '../specification.js';

/** The base of a spec at another release, as `debian:11=debian:12` says it. */
export async function moveBase({ manifest, file }: Specification, move: string): Promise<Manifest['base']> {
  const { base } = manifest;
  const [from = '', to = '', ...rest] = move.split('=');
  const [name, release] = named(from);
  const [newName, newRelease] = named(to);
  const form = { where: `--move ${move}`, remedy: 'write it as in --move debian:11=debian:12' };
  if (rest.length > 0 || release === undefined || newRelease === undefined) {
    throw new ReproError('usage', 'that is no move from one release to another', form);
  }
  if (name !== newName) {
    const remedy = 'trace the command where the other distribution is the base';
    throw new ReproError('usage', `${name} and ${newName} have other packages`, { ...form, remedy });
  }
  const { name: distribution, base: releases } = await loadSystem(name, form.where);
  const [before, after] = [releases.release(release, name), releases.release(newRelease, name)];
  if (!before || !after) {
    const unknown = before ? newRelease : release;
    throw new ReproError('usage', `there is no release ${JSON.stringify(unknown)} of ${name}`, form);
  }
  if (distribution !== base.distribution || !isOf(base, before)) {
    const shown = [base.distribution, base.release, base.codename].filter(Boolean).join(' ');
    throw new ReproError('usage', `the base of the spec is not ${from}, but ${shown}`, { ...form, where: file });
  }
  return { ...base, layout: 'merged-usr', ...after };
}

function named(text: string): [name: string, release: string | undefined] {
  const [name = '', ...rest] = text.split(':');
  return [name, rest.length > 0 ? rest.join(':') : undefined];
}

/** Where both have a codename that counts: a number may have updates behind it. */
function isOf(
  base: Pick<Manifest['base'], 'release' | 'codename'>,
  named: Pick<Base, 'release' | 'codename'>,
): boolean {
  return base.codename !== undefined && named.codename !== undefined
    ? base.codename === named.codename
    : base.release === named.release;
}
