/** What is to be started, with which variables. */
export interface Prepared {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Variables in others, `REPROMAN_0` and on, which hold name and value: what lies between us and a program heeds some,
 * drops those whose names no shell can have, and adds its own. `env -i` there makes of them just those that were asked for.
 */
export function numbered(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value], index) => [`REPROMAN_${index}`, `${name}=${value}`]),
  );
}

/** A command as `env` takes it behind variables, of which it would take a name with `=` for one more. */
export function afterVariables(argv: readonly string[]): readonly string[] {
  return argv[0]?.includes('=') ? ['/bin/sh', '-c', 'exec "$@"', 'sh', ...argv] : argv;
}
