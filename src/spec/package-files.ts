import { existsSync } from 'node:fs';

/** The package's own root: two levels up from source, three from what was compiled into dist/. */
const candidates = [new URL('../../', import.meta.url), new URL('../../../', import.meta.url)];
const root = candidates.find((url) => existsSync(new URL('package.json', url))) ?? new URL('../../', import.meta.url);

/** A text that comes with the package and that a user may copy. */
export function templateFile(name: string): URL {
  return new URL(`templates/${name}`, root);
}

/** A published document under specs/. */
export function specsFile(name: string): URL {
  return new URL(`specs/${name}`, root);
}
