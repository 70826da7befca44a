/** An argument list in two: our own part, and the command after the first `--`. */
export interface SplitArguments {
  readonly own: string[];
  /** Undefined where there is no `--`. */
  readonly command: string[] | undefined;
}

/** Splits at the first `--`, untouched by the option parser, which sorts and drops repeated words of `argv`. */
export function splitAtDashes(argv: readonly string[]): SplitArguments {
  const dashes = argv.indexOf('--');
  if (dashes === -1) return { own: [...argv], command: undefined };
  return { own: argv.slice(0, dashes), command: argv.slice(dashes + 1) };
}

/** Puts the dashes before a command that was written without: it begins at the first word that is no option. */
export function afterOptions(argv: readonly string[]): string[] {
  if (argv.includes('--')) return [...argv];
  const takesNext = (word: string | undefined) =>
    word !== undefined && /^(?:-r|--(?:resource|resref|resref-type))$/.test(word);
  const start = argv.findIndex((word, at) => !word.startsWith('-') && !takesNext(argv[at - 1]));
  return start < 0 ? [...argv] : [...argv.slice(0, start), '--', ...argv.slice(start)];
}
