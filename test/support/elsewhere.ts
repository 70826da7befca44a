import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cli } from './cli.js';
import { must, type RunResult, run } from './run.js';
import type { OrdinaryUser } from './users.js';

const clock = fileURLToPath(import.meta.resolve('../fixtures/later-clock.c'));
const days = 400;

/** What goes before a program's arguments: no network but the loopback, another host name, and files for nobody else. */
const enter = ['unshare', '--net', '--uts', 'sh', '-c'];
const become = 'ip link set lo up; hostname elsewhere; umask 0077; exec "$@"';

/** Runs a user's command line as on another machine: its name, clock, time zone, language and no network. */
export async function elsewhere(user: OrdinaryUser, cli: Cli): Promise<(...args: string[]) => Promise<RunResult>> {
  const library = join(user.home, 'later-clock.so');
  await must(['cc', '-shared', '-fPIC', '-O1', '-o', library, clock]);
  const env = {
    ...cli.env,
    ...{ TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    ...{ LD_PRELOAD: library, LATER_BY: String(days * 86_400) },
  };
  return (...args) => run([...enter, become, 'sh', ...cli.program, ...args], { cwd: cli.work, env });
}
