import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A package to make; `{placeholder}` in a text is where the prefix goes, as conda-build leaves it. */
export interface CondaSource {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly depends?: readonly string[];
  readonly format?: 'conda' | 'tar.bz2';
  readonly noarch?: 'python' | 'generic';
  readonly entry_points?: readonly string[];
  readonly requested?: string;
  readonly channel?: string;
  readonly files: Readonly<Record<string, CondaFile>>;
}

type CondaFile =
  | { readonly text: string; readonly mode?: number }
  | { readonly base64: string; readonly mode?: number }
  | { readonly link: string };

const script = fileURLToPath(new URL('conda.py', import.meta.url));

/** The prefix that conda-build builds for, where a file has none of its own text. */
export const placeholder = `/opt/build_env${'_placehold'.repeat(30)}`.slice(0, 255);

/** Makes packages in `pkgs` (a folder of this machine) and installs them at a prefix of a root. */
export function installWithConda(place: {
  readonly root: string;
  readonly prefix: string;
  readonly pkgs: string;
  readonly packages: readonly CondaSource[];
}): void {
  const packages = place.packages.map((each) => ({ depends: [], ...each }));
  execFileSync('/usr/bin/python3', [script], { input: JSON.stringify({ ...place, packages }) });
}
