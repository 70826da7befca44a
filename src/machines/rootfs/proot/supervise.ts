import { afterVariables, numbered, type Prepared } from '../../exact-environment.js';
import { passedOn } from '../enter.js';
import { scriptText } from './scripts.js';

/** What enters a tree without namespaces: proot watches each system call by ptrace, and puts other paths in its place. */
export interface ProotPrograms {
  readonly perl: string;
  readonly proot: string;
}

/** The start of a command of the host that sees its user as root, and what is the user's as root's. */
export function asFakedRoot({ perl, proot }: ProotPrograms): string[] {
  return [
    perl,
    '-e',
    `${scriptText('seal.pl')}seal('network'); exec { $ARGV[0] } @ARGV; exit 127`,
    '--',
    proot,
    ...quiet,
    '-0',
  ];
}

/** Of the programs that end by a signal it tells otherwise. */
const quiet = ['-v', '-1'];

export interface Supervised {
  readonly network: boolean;
  /** It has the terminal, which tells all in its group of signals by itself. */
  readonly hasTerminal: boolean;
  /** In the list of processes, to know its own by. */
  readonly mark: string;
  readonly root: string;
  readonly options: readonly string[];
  /** Run by the tree's own shell, where it has one: its end is told by that. */
  readonly argv: readonly string[];
  /** All that the program is to have. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A program in a tree, in the care of a process that ends as soon as that does, and with its exit code. */
export function supervised(task: Supervised, { perl, proot }: ProotPrograms): Prepared {
  const { network, hasTerminal, mark, root, options, argv, variables } = task;
  const carried = numbered(variables);
  return {
    argv: [
      ...[perl, '-e', `${scriptText('seal.pl')}${scriptText('supervise.pl')}`, '--'],
      ...[network ? 'network' : '', hasTerminal ? 'terminal' : '', passedOn, mark, root, proot, scriptText('tell.sh')],
      ...[String(quiet.length + 2 + options.length), ...quiet, '-r', root, ...options, ...afterVariables(argv)],
    ],
    environment: { ...carried, REPROMAN_COUNT: String(Object.keys(carried).length) },
  };
}
