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
