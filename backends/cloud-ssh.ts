import { join } from 'node:path';
import type { Machine } from '../src/machines/machine.js';
import { pathFromText } from '../src/model/file-path.js';
import { runOn } from './run-on.js';

/** How a machine of any cloud is reached. */
export interface CloudHost {
  /** What it is called in the settings of ssh that lie in the folder. */
  readonly host: string;
  readonly user: string;
  /** Of this machine, for its settings, keys of hosts and its key pair. */
  readonly folder: string;
  /** The private key, where ssh would not find it by itself. */
  readonly keyFile?: string | undefined;
}

/** Where the private key is that was made for a machine. */
export function keyFileIn(folder: string): string {
  return join(folder, 'key');
}

/** Makes a key pair on this machine, which only this user can read, and gives its public half. */
export async function makeKey(here: Machine, folder: string, comment: string): Promise<Uint8Array> {
  const file = keyFileIn(folder);
  await runOn(here, ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  return here.files.read(pathFromText(`${file}.pub`));
}

/** The file that `ssh -F` reads, for whoever wants to go there by hand, too. */
export function settingsFile({ folder }: Pick<CloudHost, 'folder'>): string {
  return join(folder, 'ssh_config');
}

export function knownHostsFile({ folder }: Pick<CloudHost, 'folder'>): string {
  return join(folder, 'known_hosts');
}

export interface Settings {
  readonly address: string;
  /** Whether the host's key is known, or is to be taken as it is seen now. */
  readonly isKnown: boolean;
}

/**
 * Says how to reach a machine: by another address each time it starts, but always with the one key. What else the user
 * has settled for all hosts holds, such as a jump host.
 */
export async function writeSettings(here: Machine, details: CloudHost, asked: Settings): Promise<void> {
  const { host, user, folder, keyFile } = details;
  const lines = [
    ['Host', host],
    ['HostName', asked.address],
    ['User', user],
    ...(keyFile === undefined ? [] : [['IdentityFile', quoted(keyFile)]]),
    ...(keyFile === keyFileIn(folder) ? [['IdentitiesOnly', 'yes']] : []),
    ['HostKeyAlias', host],
    ['UserKnownHostsFile', quoted(knownHostsFile(details))],
    ['GlobalKnownHostsFile', 'none'],
    ['StrictHostKeyChecking', asked.isKnown ? 'yes' : 'accept-new'],
    ['ConnectTimeout', '10'],
    ['ServerAliveInterval', '30'],
    ['Include', '~/.ssh/config'],
  ];
  await writeOwn(here, settingsFile(details), lines.map((line) => `${line.join(' ')}\n`).join(''));
}

/** Keys as a host shows them itself, under the name that stays. */
export async function writeKnownHosts(
  here: Machine,
  details: Pick<CloudHost, 'folder' | 'host'>,
  keys: readonly string[],
): Promise<void> {
  await writeOwn(here, knownHostsFile(details), keys.map((key) => `${details.host} ${key}\n`).join(''));
}

/** ssh_config(5): in quotes; a percent sign begins what is filled in. */
function quoted(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

/** As a whole or not at all, and for nobody else to read. */
async function writeOwn(here: Machine, file: string, text: string): Promise<void> {
  await runOn(here, ['sh', '-c', 'umask 077 && cat >"$0.new" && mv -- "$0.new" "$0"', file], { input: text });
}
