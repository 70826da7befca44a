import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../src/exec.js';
import { freePort } from './ports.js';
import { must, run } from './run.js';

/** A real sshd on the loopback, with keys made for it, and an `ssh` that knows them. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** A folder to put first in PATH: its `ssh` is the system's, with a configuration of its own. */
  readonly bin: string;
  /** How often that `ssh` was started. */
  starts(): number;
  /** Ends every connection from the other end, as a network that goes does. */
  cut(): void;
}

export interface SshdOptions {
  /** Lets in everybody and not only this user; we must be root. */
  readonly everybody?: boolean;
  /** A program that is run instead of what is asked for, which it finds in SSH_ORIGINAL_COMMAND. */
  readonly through?: string;
}

/** Starts it as this user; nothing of the user's own keys and settings is read or changed. */
export async function startSshd({ everybody = false, through }: SshdOptions = {}): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'sshd-'));
  // The key is read as who is to log in.
  if (everybody) chmodSync(folder, 0o711);
  const port = await freePort();
  const { username: user } = userInfo();
  for (const key of ['host', 'user'])
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
  const known = readFileSync(join(folder, 'host.pub'), 'utf8');
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${known}`);
  const settings = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: join(folder, 'host'),
    AuthorizedKeysFile: join(folder, 'user.pub'),
    PidFile: 'none',
    StrictModes: 'no',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
    PermitRootLogin: 'prohibit-password',
    ...(through !== undefined && { ForceCommand: through }),
  };
  writeFileSync(join(folder, 'sshd_config'), lines(settings));
  const client = {
    IdentityFile: join(folder, 'user'),
    UserKnownHostsFile: join(folder, 'known_hosts'),
    BatchMode: 'yes',
  };
  writeFileSync(join(folder, 'config'), lines({ ...client, IdentitiesOnly: 'yes', StrictHostKeyChecking: 'yes' }));
  const bin = join(folder, 'bin');
  const count = join(folder, 'count');
  mkdirSync(bin);
  appendFileSync(count, '');
  const script = `#!/bin/sh\necho >>'${count}'\nexec ${findProgram('ssh')} -F '${join(folder, 'config')}' "$@"\n`;
  writeFileSync(join(bin, 'ssh'), script);
  chmodSync(join(bin, 'ssh'), 0o755);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const daemon = spawn(
    findProgram('sshd', '/usr/sbin:/usr/bin') ?? 'sshd',
    ['-D', '-e', '-f', join(folder, 'sshd_config')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await answers(daemon, [join(bin, 'ssh'), '-p', String(port), `${user}@127.0.0.1`, 'true']);
  writeFileSync(count, '');
  return {
    port,
    user,
    bin,
    starts: () => readFileSync(count, 'utf8').length,
    cut: () => {
      for (const pid of serversOf(daemon.pid ?? 0)) process.kill(pid, 'SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      daemon.kill();
      if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

/** The processes of sshd that speak with clients: of an ordinary user's connection one has root's rights, one has not. */
function serversOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  const servers = children.filter((child) => readFileSync(`/proc/${child}/comm`, 'utf8') === 'sshd\n');
  return servers.flatMap((server) => [server, ...serversOf(server)]);
}

function lines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

async function answers(daemon: ChildProcess, argv: readonly string[]): Promise<void> {
  let said = '';
  daemon.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  for (let attempt = 0; attempt < 50 && daemon.exitCode === null; attempt++) {
    const { code, stderr } = await run(argv);
    if (code === 0) return;
    said += stderr;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error(`sshd does not answer: ${said}`);
}
