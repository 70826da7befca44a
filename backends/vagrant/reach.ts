import { join } from 'node:path';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { sshMachine } from '../../src/machines/ssh/index.js';
import { runOn } from '../run-on.js';
import type { VagrantDetails } from './parameters.js';
import { machineName, sshSettings } from './ssh-settings.js';

type Reached = Pick<VagrantDetails, 'folder' | 'token'>;

/** The machine over ssh, as root, and no other that may have its address. */
export function connectTo(details: Reached, label: string, signal?: AbortSignal): Promise<Machine> {
  return sshMachine({ destination: machineName, config: settingsFile(details), label, signal });
}

/** Writes down where the machine is now, as `vagrant ssh-config` says it. */
export async function writeSettings(said: string, details: Reached, here: Machine): Promise<void> {
  await write(here, settingsFile(details), sshSettings(said, { user: 'root', ...pinOf(details) }));
}

/**
 * Lets whoever may log in as Vagrant's user do so as root, and learns the machine's host key. Whoever has a machine
 * of their own installs systems there and mounts them.
 */
export async function letRootIn(said: string, details: Reached, here: Machine, signal?: AbortSignal): Promise<void> {
  await write(here, settingsFile(details), sshSettings(said, { ...pinOf(details), isNew: true }));
  await using machine = await connectTo(details, 'the new machine', signal);
  const result = await machine.shell?.run(['sh', '-c', letInScript], { ...(signal && { signal }) });
  if (result?.exit.code === 0) return;
  const why = result?.stderr.toString('utf8').trim().split('\n').at(-1) || 'it has no shell';
  throw new ReproError('step-failed', `the user of the box cannot become root: ${why}`, {
    where: details.folder,
    remedy: 'take a box whose user may use sudo without a password, as those for Vagrant do',
  });
}

const letInScript =
  'home=$(getent passwd "$(id -un)" | cut -d: -f6) && ' +
  'sudo -n install -D -m 0600 -o root -g root -- "$home/.ssh/authorized_keys" /root/.ssh/authorized_keys';

function settingsFile({ folder }: Reached): string {
  return join(folder, 'ssh_config');
}

function pinOf({ folder, token }: Reached): { readonly token: string; readonly knownHosts: string } {
  return { token, knownHosts: join(folder, 'known_hosts') };
}

async function write(here: Machine, file: string, text: string): Promise<void> {
  await runOn(here, ['tee', '--', file], { input: text });
}
