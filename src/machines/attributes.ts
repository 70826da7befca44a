import { type FilePath, pathFromBytes } from '../model/file-path.js';
import type { Machine } from './machine.js';
import { listOf } from './shell/tools.js';

/** What many files have as one extended attribute. */
export interface Attributes {
  readonly values: ReadonlyMap<FilePath, string>;
  /** Files of which it could not be read, with the system's error number. */
  readonly unreadable: ReadonlyMap<FilePath, number>;
}

/**
 * Reads one extended attribute of many files with one process of the machine's own Python or Perl, which is what most
 * systems have of what can; links are followed. Undefined where there is neither, or no program can be run.
 */
export async function readAttributes(
  { shell, processor }: Machine,
  name: string,
  paths: readonly FilePath[],
  signal?: AbortSignal,
): Promise<Attributes | undefined> {
  const values = new Map<FilePath, string>();
  const unreadable = new Map<FilePath, number>();
  if (paths.length === 0) return { values, unreadable };
  if (!shell) return undefined;
  const argv = ['sh', '-c', choice, 'sh', python, perl, name, perlCalls[processor] ?? ''];
  const { exit, stdout } = await shell.run(argv, { input: listOf(paths), ...(signal && { signal }) });
  if (exit.code !== 0) return undefined;
  const fields = stdout.toString('latin1').split('\0');
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = '', error = '', value = ''] = fields.slice(at, at + 3);
    const file = pathFromBytes(Buffer.from(path, 'latin1'));
    if (error === '0') values.set(file, Buffer.from(value, 'latin1').toString('utf8'));
    else if (!nothing.has(Number(error))) unreadable.set(file, Number(error));
  }
  return { values, unreadable };
}

/** ENOENT, ENODATA and EOPNOTSUPP of Linux: there is no such attribute. */
const nothing: ReadonlySet<number> = new Set([2, 61, 95]);

/** The number of getxattr(2), which Perl has no name for. */
const perlCalls: Readonly<Record<string, string>> = { x86_64: '191', aarch64: '8' };

const choice = `if command -v python3 >/dev/null; then exec python3 -I -c "$1" "$3"
elif [ -n "$4" ] && command -v perl >/dev/null; then exec perl -0 -ne "$2" "$3" "$4"
else exit 3; fi`;

/** For each path: the path, an error number, the value. */
const python = `import os, sys
for path in sys.stdin.buffer.read().split(b"\\0")[:-1]:
    try: found = b"0\\0" + os.getxattr(path, sys.argv[1])
    except OSError as error: found = b"%d\\0" % error.errno
    sys.stdout.buffer.write(path + b"\\0" + found + b"\\0")`;

const perl = `BEGIN { ($name, $call) = splice @ARGV, 0, 2; $name .= ""; $call += 0 }
chomp; my $value = "\\0" x 65536; my $length = syscall($call, $_, $name, $value, 65536);
print $_, "\\0", $length < 0 ? $! + 0 : 0, "\\0", $length > 0 ? substr($value, 0, $length) : "", "\\0";`;
