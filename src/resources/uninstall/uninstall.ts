import { join } from 'node:path';
import type { Resource } from '../../model/resource.js';
import { scratchFolder } from '../../scratch.js';
import type { LockedSpecification } from '../../spec/specification.js';
import { writeShrunk } from '../shrink/write.js';
import { type Upgraded, type UpgradeOptions, upgradeResource } from '../upgrade/upgrade.js';
import { lessOf, type Unwanted } from './less.js';

export interface UninstallOptions extends Omit<UpgradeOptions, 'wanted'> {
  readonly unwanted: Unwanted;
}

/** Takes packages, or all that a spec has, out of a resource, with what needs them and what only they needed. */
export async function uninstall({ unwanted, ...options }: UninstallOptions): Promise<Upgraded> {
  await using scratch = await scratchFolder('uninstall');
  const wanted = async (own: LockedSpecification, { spec: source }: Resource) => {
    const { manifest, halves } = await lessOf(own, unwanted);
    const less = { spec: { ...own, manifest }, halves };
    const draft = await writeShrunk(join(scratch.path, 'environment.yml'), { ...less, isLeft: () => true });
    return {
      ...{ spec: draft, source },
      finish: (isGone: Parameters<typeof writeShrunk>[1]['isLeft']) =>
        writeShrunk(join(scratch.path, 'final.yml'), { ...less, isLeft: (path) => !isGone(path) }),
    };
  };
  return await upgradeResource({ ...options, wanted });
}
