import { existsSync, readFileSync } from 'node:fs';

/** The package's own root: one level up from source, two from what was compiled into dist/. */
const candidates = [new URL('../', import.meta.url), new URL('../../', import.meta.url)];
const root = candidates.find((url) => existsSync(new URL('package.json', url))) ?? new URL('../', import.meta.url);

/** A text that comes with the package and that a user may copy. */
export function templateFile(name: string): URL {
  return new URL(`templates/${name}`, root);
}

/** The sources of a program that comes with the package and is compiled where it is needed. */
export function sourceFolder(name: string): URL {
  return new URL(`src/${name}/`, root);
}

/** A published document under specs/. */
export function specsFile(name: string): URL {
  return new URL(`specs/${name}`, root);
}

/** Of this program, as its package has it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
  return version;
}
