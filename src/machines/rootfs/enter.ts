import { readFileSync } from 'node:fs';
import { endOnAbort, killQuietly, minimalEnvironment } from '../../exec.js';
import { sha256 } from '../../hash.js';
import { type FilePath, pathFromText, pathToBytes, rootPath } from '../../model/file-path.js';
import type { Process, SpawnOptions } from '../machine.js';
import type { Entrance } from './entrance.js';
import type { Holder } from './holder.js';
import type { IdMapping } from './id-mapping.js';
import { asManyIds } from './many-ids.js';

/** As in a container: what is made in there must not depend on who asked for it. */
export const usualUmask = 0o022;

/** Signals that must reach the program and not those who wait for it. */
export const passedOn = 'HUP,INT,QUIT,TERM,USR1,USR2';

/** perlrun(1): the tree's locale need not be one of the host's, and that is nothing to complain of. */
const unheardLocale = 'PERL_BADLANG';

/** A tree with what holds it. */
export interface Entered {
  readonly entrance: Entrance;
  readonly holder: Holder;
  readonly mapping: IdMapping;
  /** The program that plays many ids, where there is one and files are given away. */
  readonly idsProgram?: string | undefined;
}

/**
 * Starts a program in a holder's tree. The host's tools lead there one after the other, each replaced by the next: one
 * waits for the program and ends as that did, `setpriv` sets the groups while that is still allowed, and
 * `unshare`, which unshares nothing, changes root, folder and user in the right order.
 */
export async function enterTree(argv: readonly string[], options: SpawnOptions, entered: Entered): Promise<Process> {
  const { entrance } = entered;
  const { signal, user, cwd, tty, ...rest } = options;
  signal?.throwIfAborted();
  // Where the tree has one user, that runs all of it, in its own groups.
  const isAlone = entered.mapping.kind === 'single' && entered.idsProgram === undefined;
  const { uid, gid, groups = [] } = (isAlone ? undefined : user) ?? { uid: 0, gid: 0 };
  const setGroups = isAlone ? '--keep-groups' : groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  const streams = tty ? ({ tty, stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' } as const) : {};
  const environment = options.environment ?? minimalEnvironment;
  const folder = await folderName(cwd ?? rootPath, entered);
  const child = await entrance.shell.spawn(
    [
      ...[entrance.tool('env'), `--ignore-signal=${passedOn}`, `${unheardLocale}=0`],
      ...enterHolder(entered),
      ...[entrance.tool('env'), `--default-signal=${passedOn}`, `--unset=${unheardLocale}`],
      ...[entrance.tool('setpriv'), `--regid=${gid}`, setGroups, '--'],
      ...[entrance.tool('unshare'), '--root=.', `--wd=${folder}`],
      ...(uid === 0 ? [] : [`--setuid=${uid}`]),
      ...['--', ...ownVariables(environment), ...argv],
    ],
    { umask: usualUmask, ...rest, ...streams, cwd: rootPath, environment: withoutOwnVariables(environment) },
  );
  const ownGroup = options.stdin !== 'inherit' && !tty;
  // Those who wait ignore what is passed on, so a group that is ours alone can have it as a whole.
  const { pid } = child;
  const kill = (name: NodeJS.Signals) =>
    pid === undefined || ownGroup || !entered.holder.ownProcesses ? child.kill(name) : killQuietly(childOf(pid), name);
  endOnAbort(kill, child.exited, signal);
  const { stdin, stdout, stderr, exited } = child;
  return { ...(pid !== undefined && { pid }), stdin, stdout, stderr, kill, exited };
}

/** Starts a program of the host as root of the mapping, in the tree at rest, with the mounts of a copy in sight. */
export function besideTree(argv: readonly string[], options: SpawnOptions, entered: Entered): Promise<Process> {
  const { entrance, holder, mapping } = entered;
  return entrance.shell.spawn(
    [
      ...[entrance.tool('nsenter'), '--target', String(holder.pid), ...userFlags(mapping), '--mount', '--root', '--'],
      ...withManyIds(entered),
      ...[entrance.tool('env'), `--chdir=${holder.atRest}`, ...argv],
    ],
    { ...options, cwd: rootPath, environment: minimalEnvironment },
  );
}

/**
 * A process enters a namespace of pids as somebody's child; without one it becomes the program itself. Who waits ignores the signals that are passed on, and so
 * `nsenter` cannot die of one as the program did: it ends with 1. Where there is no Perl it waits all the same.
 */
function enterHolder(entered: Entered): string[] {
  const { entrance, holder, mapping } = entered;
  const own = [...(holder.ownProcesses ? ['--uts', '--ipc', '--pid'] : []), ...(holder.ownNetwork ? ['--net'] : [])];
  const target = [entrance.tool('nsenter'), '--target', String(holder.pid)];
  const place = [...userFlags(mapping), '--mount', '--root', '--wd'];
  const ids = withManyIds(entered);
  // Who answers for many ids stays outside of the namespace of pids, where numbers are as the host's /proc has them.
  const first = ids.length === 0 ? [] : [...target, ...place, '--', ...ids];
  if (ids.length > 0 && own.length === 0) return first;
  const nsenter = [...first, ...target, ...(ids.length === 0 ? place : []), ...own];
  const perl = entrance.aid('perl');
  return perl === undefined || !holder.ownProcesses
    ? [...nsenter, '--']
    : [...nsenter, '--no-fork', '--', perl, '-e', waiterScript, '--'];
}

function withManyIds({ entrance, idsProgram }: Entered): string[] {
  return idsProgram === undefined ? [] : asManyIds(idsProgram, entrance.tree);
}

/** Waits for a program, stops and goes on with it, and ends as it ended: by the same signal, or with its code. */
const waiterScript = `
my $program = fork;
if (!$program) { exec { $ARGV[0] } @ARGV; exit 127 }
waitpid $program, 2;
while (($? & 255) == 127) { kill 'STOP', $$; kill 'CONT', $program; waitpid $program, 2 }
my $signal = $? & 127;
exit $? >> 8 if !$signal;
$SIG{$_} = 'DEFAULT' for split /,/, '${passedOn}';
kill $signal, $$;
exit 128 + $signal`;

/** What `nsenter` needs to be root of the mapping. */
export function userFlags(mapping: IdMapping): string[] {
  if (mapping.kind === 'identity') return [];
  // Where groups cannot be set, nsenter must not try.
  return mapping.kind === 'single' ? ['--user', '--preserve-credentials'] : ['--user'];
}

/** What the loader and Perl heed is for the program, not for the tools on the way: it is set inside, by the tree's env. */
function ownVariables(environment: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(environment).filter(([name]) => isHeeded(name));
  return pairs.length === 0 ? [] : ['/usr/bin/env', ...pairs.map(([name, value]) => `${name}=${value}`)];
}

function withoutOwnVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isHeeded(name)));
}

function isHeeded(name: string): boolean {
  return name.startsWith('LD_') || name.startsWith('PERL');
}

/** The process that `pid` waits for: proc(5), `children`; `pid` itself where it has none yet. */
export function childOf(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return Number.parseInt(children, 10) || pid;
  } catch {
    // It has ended, or the kernel tells no children.
    return pid;
  }
}

/**
 * What `unshare` is told to enter. Node's arguments are text: a folder whose name is none is reached through a link
 * that is made in the machine's own /run/reproman.
 */
async function folderName(cwd: FilePath, { entrance, holder, mapping }: Entered): Promise<string> {
  const name = pathToBytes(cwd).toString('utf8');
  if (pathFromText(name) === cwd) return name;
  const { link, octal } = folderLink(cwd);
  const enter = [
    entrance.tool('nsenter'),
    '--target',
    String(holder.pid),
    ...userFlags(mapping),
    '--mount',
    '--root',
    '--wd',
  ];
  await entrance.shell.run([...enter, '--', 'sh', '-c', linkScript, 'sh', octal, link], { cwd: rootPath });
  return `/${link}`;
}

/** A link to a folder, from the root of the tree, and where it is to lead. */
export function folderLink(folder: FilePath): { readonly link: string; readonly octal: string } {
  const bytes = pathToBytes(folder);
  return {
    link: `run/reproman/cwd-${sha256(bytes).slice(0, 16)}`,
    octal: [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join(''),
  };
}

/** $1 the target in octal escapes, $2 the link; the point keeps line feeds at the end of a name. */
export const linkScript = `target=$(printf '%b.' "$1"); ln -sfn -- "\${target%.}" "$2"`;
