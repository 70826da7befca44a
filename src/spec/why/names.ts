import type { LockedPackage } from './needs.js';

/** Packages that have a name as people write it: exactly so, else whatever its case and its dashes are. */
export function packagesCalled(what: string, packages: readonly LockedPackage[]): LockedPackage[] {
  // conda has the build behind the version.
  const wanted = new Set([what, what.replace(/(?<=[^=]=[^=]+)=[^=]+$/, '')]);
  const exact = packages.filter((each) => formsOf(each).some((form) => wanted.has(form)));
  if (exact.length > 0) return exact;
  const folded = new Set([...wanted].map(fold));
  return packages.filter((each) => formsOf(each).some((form) => folded.has(fold(form))));
}

/** A name without the version and the distribution that may stand around it. */
export function bareName(what: string): string {
  return what.replace(/^[a-z]+:(?=.)/, '').replace(/(?<=.)(?:==?|@).*$/, '');
}

/** `name`, `name:architecture` and each of the ways in which managers put a version behind, maybe after `distribution:`. */
function formsOf({ distribution, name, version, architecture }: LockedPackage): string[] {
  const names = architecture === undefined ? [name] : [name, `${name}:${architecture}`];
  const versioned = ['=', '==', '@', '-'].map((mark) => `${name}${mark}${version}`);
  const whole = architecture === undefined ? [] : [`${name}-${version}.${architecture}`];
  const forms = [...names, ...versioned, ...whole];
  return [...forms, ...forms.map((form) => `${distribution}:${form}`)];
}

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
function fold(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
