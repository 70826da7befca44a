import type { FilePath } from '../../model/file-path.js';
import { syscalls } from './syscalls.js';

/**
 * Signals that come often and end hardly any process. The others must not be silenced: with them strace leaves out that
 * they killed a process, which then seems to run on.
 */
const silentSignals = ['CHLD', 'URG', 'WINCH', 'CONT', 'PROF', 'VTALRM', 'IO'];

/** Longer than any argument that the kernel takes (MAX_ARG_STRLEN), so that none is cut short. */
const stringLimit = 131_072;

/** What the shells on the way to strace export of themselves: the command gets these as the caller has them. */
const shellNames = ['OLDPWD', 'PWD', 'SHLVL', '_'];

/**
 * The arguments of strace(1) up to the command. `-I4`: what the terminal sends is for the command alone, and a stopped
 * job does not stop its tracer. Environments are not shown without `-v`, so none gets into the log.
 */
export function straceArguments(log: FilePath, environment: Readonly<Record<string, string>>): string[] {
  return [
    '-f',
    '--seccomp-bpf',
    '-y',
    '-I4',
    ...['-s', String(stringLimit)],
    ...['-e', `signal=!${silentSignals.join(',')}`],
    ...['-e', 'quiet=attach,personality'],
    ...['-e', `trace=${[...syscalls.keys()].map((name) => `?${name}`).join(',')}`],
    ...['-o', log],
    ...shellNames.flatMap((name) => ['-E', Object.hasOwn(environment, name) ? `${name}=${environment[name]}` : name]),
    '--',
  ];
}

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
