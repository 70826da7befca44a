import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ReproError } from '../../errors.js';
import { type ExecProcess, ownEnvironment, runProcess, spawnProcess } from '../../exec.js';
import { type ProcessIdentity, startIn } from '../../process-identity.js';
import { scratchFolder } from '../../scratch.js';
import { untilSaid } from '../until-said.js';
import type { SshAddress } from './address.js';
import { quoted } from './command.js';

/** One connection to a host, through the system's `ssh`: it ends with this process, however that ends. */
export interface SshConnection extends AsyncDisposable {
  /** What begins a command that uses it; then come options, `--`, the destination and the program. */
  readonly ssh: readonly string[];
  readonly facts: HostFacts;
  /** Sends a signal to a program that was started with this number. */
  kill(number: number, signal: NodeJS.Signals): void;
  /** A socket of this machine that leads to one of the host's, a path or `host:port`, as long as the connection. */
  forward(target: string): Promise<string>;
  /** Lets our own process end while the connection stands, which ends it. */
  unref(): void;
  /** Why the connection is lost, once it is; undefined where it is not lost within a moment. */
  lost(): Promise<ReproError | undefined>;
}

/** What a host says of itself when it is reached. */
export interface HostFacts {
  readonly kernel: { readonly release: string; readonly machine: string };
  /** Lives there as long as the connection does. */
  readonly keeper: ProcessIdentity;
  /** Where programs write their numbers, and it is gone with the connection; none where nothing can be written. */
  readonly folder: string | undefined;
  readonly dataFolder: string;
}

/** Milliseconds in which a connection that ends takes its programs with it, or is ended by force. */
const patience = 3000;

export async function connectSsh(
  { destination, port, config }: SshAddress,
  label: string,
  signal: AbortSignal | undefined,
): Promise<SshConnection> {
  const scratch = await scratchFolder('ssh');
  const settings = config === undefined ? [] : ['-F', config];
  const at = port === undefined ? [] : ['-p', String(port)];
  const byHand = ['ssh', ...settings, ...at, destination].join(' ');
  const options = [...settings, '-o', `ControlPath=${join(scratch.path, 's')}`, ...at];
  // Where the connection is gone, ssh would make another one, which knows nothing of what ran over this.
  const ssh = ['ssh', ...options, '-o', 'ControlMaster=no', '-o', 'ProxyCommand=false', '-o', 'LogLevel=ERROR'];
  const control = (...command: string[]) =>
    runProcess([...ssh, '-O', ...command, '--', destination], { environment: ownEnvironment() });
  const forwarded = new Map<string, Promise<string>>();
  let leash: ExecProcess | undefined;
  const dispose = async () => {
    leash?.stdin?.end();
    // It would wait for whoever keeps a forwarded connection open.
    if (forwarded.size > 0) await control('exit');
    if (!(await within(patience, leash?.exited))) leash?.kill('SIGKILL');
    await leash?.exited;
    await scratch[Symbol.asyncDispose]();
  };
  try {
    leash = startLeash(['ssh', ...options], destination);
    const said = tailOf(leash);
    const { exited, stdin } = leash;
    const because = async (what: string, remedy: string) => {
      const { code } = await exited;
      const { why, remedy: instead = remedy } = reasonIn(said(), { destination, port }) ?? {
        why: `ssh ended with exit code ${code}`,
      };
      return new ReproError('not-ready', `${what}: ${why}`, { where: destination, remedy: instead });
    };
    const facts = await factsFrom(leash, signal);
    signal?.throwIfAborted();
    if (!facts) throw await because(`${label} cannot be reached`, `see whether it works with: ${byHand}`);
    const forward = async (target: string, socket: string) => {
      const { exit, stderr } = await control('forward', '-L', `${socket}:${target}`);
      if (exit.code === 0) return socket;
      const why = stderr.toString().trim() || `exit code ${exit.code}`;
      throw new ReproError('not-ready', `${target} of ${label} cannot be reached: ${why}`, { where: destination });
    };
    return {
      ...{ ssh, facts },
      forward(target) {
        const found = forwarded.get(target) ?? forward(target, join(scratch.path, String(forwarded.size)));
        forwarded.set(target, found);
        return found;
      },
      kill: (number, name) => stdin?.write(`${name.replace(/^SIG/, '')} ${number}\n`),
      unref() {
        leash?.unref();
        for (const stream of [leash?.stdin, leash?.stdout, leash?.stderr]) if (stream instanceof Socket) stream.unref();
      },
      async lost() {
        if (!(await within(500, exited))) return undefined;
        const remedy = `what ran there has ended; see whether the host can be reached with: ${byHand}`;
        return because(`the connection to ${label} is lost`, remedy);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** In our session, where it can ask the user for a password; what is typed to end a program must not end this. */
function startLeash(ssh: readonly string[], destination: string): ExecProcess {
  const deaf = ['sh', '-c', `trap '' INT QUIT; exec "$@"`, 'sh'];
  const master = ['-o', 'ControlMaster=yes', '-o', 'ControlPersist=no', '-T', '--', destination];
  const argv = [...deaf, ...ssh, ...master, `exec /bin/sh -c ${quoted(keeperScript)}`];
  const leash = spawnProcess(argv, { environment: ownEnvironment(), tty: true });
  leash.stdin?.on('error', () => undefined);
  return leash;
}

/**
 * Stays at the other end. It says what the host is, sends signals to programs, which ssh itself does not carry, and
 * ends with the connection, as do they. One line, for whatever shell the user has there.
 */
const keeperScript = [
  'folder=$(mktemp -d 2>/dev/null) || folder=',
  'tell() { read -r pid <"$2" && [ -n "$pid" ] && { kill -s "$1" -- "-$pid" || kill -s "$1" "$pid"; }; }',
  'end() { [ -n "$folder" ] || return; for file in "$folder"/*; do tell HUP "$file"; done; rm -rf -- "$folder"; }',
  'trap end EXIT',
  'trap exit HUP INT TERM',
  'data=$XDG_DATA_HOME',
  'case $data in /*) ;; *) data=$HOME/.local/share ;; esac',
  String.raw`printf '%s\n' '' reproman "$(uname -r)" "$(uname -m)" "$$"`,
  'cat "/proc/$$/stat" /proc/sys/kernel/random/boot_id || echo',
  String.raw`printf '%s\n' "$folder" "$data" ready`,
  'exec >/dev/null 2>&1',
  [
    'while read -r signal number',
    'do tries=0',
    'while [ ! -s "$folder/$number" ] && [ "$tries" -lt 50 ]; do sleep 0.02; tries=$((tries + 1)); done',
    'tell "$signal" "$folder/$number"',
    'done',
  ].join('; '),
].join('; ');

/** What a host's own greeting says before is passed over. */
const factsPattern = /^reproman\n(.*)\n(.*)\n(\d+)\n(.*)\n(?:(.*)\n)?(.*)\n(.*)\nready\n/m;

/** Undefined where the host is not reached, or nobody waits for it any more. */
async function factsFrom(leash: ExecProcess, signal: AbortSignal | undefined): Promise<HostFacts | undefined> {
  const stop = () => leash.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const said = await untilSaid(leash.stdout, factsPattern);
  signal?.removeEventListener('abort', stop);
  const [, release = '', machine = '', pid, stat = '', boot = '', folder, dataFolder = ''] = said ?? [];
  if (pid === undefined) return undefined;
  const keeper = { pid: Number(pid), started: startIn(stat, boot) ?? 'unknown' };
  return { kernel: { release, machine }, keeper, folder: folder || undefined, dataFolder };
}

/** The end of what it complains of. */
function tailOf({ stderr }: ExecProcess): () => string {
  let said = '';
  stderr?.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-4096);
  });
  return () => said.trim();
}

/** The last line, but of a host whose key is another than it had, of which ssh says much. */
function reasonIn(said: string, { destination, port }: SshAddress): { why: string; remedy?: string } | undefined {
  if (said === '') return undefined;
  if (!/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said)) return { why: said.split(/\r?\n/).at(-1) ?? '' };
  const host = destination.slice(destination.lastIndexOf('@') + 1);
  const known = port === undefined ? host : `[${host}]:${port}`;
  return {
    why: 'its key is not the one that it is known by, so it is another host, or somebody is in between',
    remedy: `if you know why it has another key, forget the old one with: ssh-keygen -R '${known}'`,
  };
}

async function within(milliseconds: number, ended: Promise<unknown> | undefined): Promise<boolean> {
  const stop = new AbortController();
  const late = delay(milliseconds, false, { signal: stop.signal }).catch(() => false);
  try {
    return await Promise.race([Promise.resolve(ended).then(() => true), late]);
  } finally {
    stop.abort();
  }
}
