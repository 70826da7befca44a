import type { Requests } from '../../packaging/requests.js';
import { fits, type Relation, relationIn } from './closure.js';
import { type ApkLock, type ApkManifest, packageRequest } from './schema.js';

/** How a manifest asks for packages. */
export const apkRequests: Requests<ApkManifest> = {
  parse(text) {
    const relation = packageRequest.safeParse(text).success ? requestOf(text) : undefined;
    return relation && { name: relation.name, text };
  },
  pins(text) {
    const { operator, version } = requestOf(text) ?? {};
    return operator === '=' && version ? { version } : {};
  },
  allows(text, { version }) {
    const relation = requestOf(text);
    return relation !== undefined && fits(version, relation);
  },
  edit: (manifest, change) => ({ ...manifest, packages: [...change(manifest.packages)] }),
};

/** `name`, `name=1.2-r3`, `name>=1.2`, `name~1.2`; `==` is what some mean by `=`. */
export function requestOf(text: string): Relation | undefined {
  return relationIn(text.replace('==', '='));
}

/** What a manifest asks for, as the used packages of a lock have it. */
export function exactApk({ packages }: ApkLock): ApkManifest {
  const used = packages.filter((each) => each.used);
  return { name: 'apk', packages: used.map(({ name, version }) => `${name}=${version}`) };
}
