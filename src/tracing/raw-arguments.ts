import { readFileSync } from 'node:fs';

/**
 * Node gives arguments as text, in which bytes that are not UTF-8 are lost. Where the command is the end of our own
 * argument list, its bytes (as latin1) can be read there; undefined when nothing was lost, or it is not ours.
 */
export function rawArguments(
  argv: readonly string[],
  own: string = readFileSync('/proc/self/cmdline', 'latin1'),
): readonly string[] | undefined {
  if (!argv.some((argument) => argument.includes('\ufffd'))) return undefined;
  const raw = own.split('\0').slice(0, -1).slice(-argv.length);
  const isSame = raw.length === argv.length && raw.every((bytes, at) => decode(bytes) === argv[at]);
  return isSame ? raw : undefined;
}

/** A command that becomes the one whose arguments have the given bytes, which Node itself could not pass. */
export function withRawArguments(argv: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', decodeScript, 'sh', ...argv.map(escapeBytes)];
}

/** `printf %b` gives each argument its bytes; the dot keeps the line ends at its end. */
const decodeScript = `
reproman_left=$#
while [ "$reproman_left" -gt 0 ]; do
  reproman_argument=$(printf '%b.' "$1")
  shift
  set -- "$@" "\${reproman_argument%.}"
  reproman_left=$((reproman_left - 1))
done
exec "$@"`;

function escapeBytes(bytes: string): string {
  return bytes.replace(/[^\x20-\x5b\x5d-\x7e]/g, (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function decode(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
