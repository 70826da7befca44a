/** What of a package is in its text. */
export interface PackageNaming {
  readonly distribution: string;
  readonly name: string;
  readonly version: string;
  readonly architecture?: string | undefined;
  readonly at?: string | undefined;
}

/** A package as one text: what entries of a trie carry, and by which what is known of the package is found. */
export function packageText({ distribution, name, version, architecture, at }: PackageNaming): string {
  const named = architecture === undefined ? name : `${name}:${architecture}`;
  return [distribution, named, version, ...(at ? [at] : [])].join(' ');
}
