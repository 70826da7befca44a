import type { Assignment } from './activation.js';

/** How a shell sets and unsets a variable that programs see, and what of a value it cannot hold. */
interface ShellLanguage {
  readonly set: (name: string, value: string) => string;
  readonly unset: (name: string) => string;
  readonly cannotHold?: RegExp;
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02 */
const posix: ShellLanguage = {
  set: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  unset: (name) => `unset ${name}`,
};

/** By the names of their programs. */
const languages = {
  sh: posix,
  bash: posix,
  dash: posix,
  ksh: posix,
  zsh: posix,
  /** https://fishshell.com/docs/current/language.html#quotes */
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replace(/['\\]/g, '\\$&')}'`,
    unset: (name) => `set -e ${name}`,
  },
  /** An exclamation mark is one only behind a backslash, and what eval is given of a command has no ends of lines. */
  csh: {
    set: (name, value) => `setenv ${name} '${value.replaceAll("'", "'\\''").replaceAll('!', '\\!')}'`,
    unset: (name) => `unsetenv ${name}`,
    cannotHold: /\n/,
  },
} as const satisfies Record<string, ShellLanguage>;

export type ShellName = keyof typeof languages | 'tcsh';

export const shellNames = [...(Object.keys(languages) as (keyof typeof languages)[]), 'tcsh'] as const;

/** The shell that a program is, by its name; any other is taken for one that POSIX describes. */
export function shellCalled(program: string | undefined): ShellName {
  const name = program?.split('/').at(-1)?.replace(/^-/, '');
  return shellNames.find((each) => each === name) ?? 'sh';
}

export interface ShellText {
  readonly text: string;
  /** What this shell cannot be told. */
  readonly leftOut: readonly string[];
}

/** Assignments as one line each, for a shell to evaluate. */
export function shellText(assignments: readonly Assignment[], shell: ShellName): ShellText {
  const { set, unset, cannotHold }: ShellLanguage = languages[shell === 'tcsh' ? 'csh' : shell];
  const lines: string[] = [];
  const leftOut: string[] = [];
  for (const { name, value } of assignments) {
    if (value === undefined) lines.push(unset(name));
    else if (cannotHold?.test(value)) leftOut.push(name);
    else lines.push(set(name, value));
  }
  return { text: lines.map((line) => `${line};\n`).join(''), leftOut };
}
