import type { FilePath } from '../model/file-path.js';

/**
 * A command that opens the given files as the standard streams and becomes `argv`. The redirections are outside the
 * trace, as the caller's shell's are.
 */
export function withStreams(
  argv: readonly string[],
  streams: {
    readonly stdin?: FilePath | undefined;
    readonly stdout?: FilePath | undefined;
    readonly stderr?: FilePath | undefined;
    readonly append?: { readonly stdout: boolean; readonly stderr: boolean };
  },
): readonly string[] {
  const { stdin, stdout, stderr, append } = streams;
  if (stdin === undefined && stdout === undefined && stderr === undefined) return argv;
  const redirections = [
    stdin === undefined ? '' : ' <"$reproman_stdin"',
    stdout === undefined ? '' : ` ${append?.stdout ? '>>' : '>'}"$reproman_stdout"`,
    stderr === undefined ? '' : stderr === stdout ? ' 2>&1' : ` 2${append?.stderr ? '>>' : '>'}"$reproman_stderr"`,
  ];
  const script = `reproman_stdin=$1 reproman_stdout=$2 reproman_stderr=$3; shift 3; exec "$@"${redirections.join('')}`;
  const paths = [stdin, stdout, stderr].map((path) => (path === undefined ? '' : pathText(path)));
  return ['/bin/sh', '-c', script, 'sh', ...paths, ...argv];
}

/** A path as Node takes it in an argument list: text, which it encodes as UTF-8. */
export function pathText(path: FilePath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** What the shells on the way to a tracer export of themselves: the command gets these as the caller has them. */
const shellNames = ['OLDPWD', 'PWD', 'SHLVL', '_'];

/** `-E NAME=VALUE` sets a variable of the command, `-E NAME` takes one away; so in strace and in our own tracer. */
export function shellVariables(environment: Readonly<Record<string, string>>): string[] {
  return shellNames.flatMap((name) => ['-E', Object.hasOwn(environment, name) ? `${name}=${environment[name]}` : name]);
}
