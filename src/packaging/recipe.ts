import type { PlannedPackage } from '../model/plan.js';

/** How the tools of a distribution install packages of a lock where reproman is not: a part of a script for people. */
export interface Recipe {
  /** What runs: the text `templates/provision/NAME.sh`. It begins in a folder that has the files and packages. */
  readonly script: string;
  /** Its placeholders: words of the shell. */
  readonly words?: Readonly<Record<string, readonly string[]>>;
  /** Texts that lie in that folder, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** What it installs: no step of the plan has to put it in place. */
  readonly packages: readonly PlannedPackage[];
  /** The tool that must be there before. Default: one that every base has. */
  readonly program?: Program;
  /** `before`: each package lies in the folder, verified, when the script runs. `itself`: the tool gets them from their archive. */
  readonly fetched: 'before' | 'itself';
  /** Where it installs, of what may be at several places. */
  readonly at?: string;
}

/** Tools that not every system has, each with the packages that bring it. */
export const programs = {
  pip: ['pip', 'python3-pip', 'py3-pip'],
  git: ['git', 'git-core'],
  conda: ['micromamba', 'mamba', 'conda'],
  npm: ['npm', 'nodejs-npm'],
} as const satisfies Record<string, readonly string[]>;

export type Program = keyof typeof programs;
