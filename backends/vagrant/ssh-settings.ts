/** How to reach a machine, and what its host key is known by. */
export interface SshSettings {
  /** As Vagrant has it. */
  readonly user?: string;
  readonly token: string;
  readonly knownHosts: string;
  /** Before it was ever reached, its key is taken as it comes; never again. */
  readonly isNew?: boolean;
}

/** The name that the machine has in its settings. */
export const machineName = 'machine';

/** Settings that Vagrant chooses for machines that everybody can log in to. */
const replaced = ['Host', 'User', 'UserKnownHostsFile', 'StrictHostKeyChecking', 'LogLevel', 'PasswordAuthentication'];

/**
 * Settings of ssh from what `vagrant ssh-config` says. The host key is pinned to the machine, since another one may have
 * its address tomorrow. https://man.openbsd.org/ssh_config
 */
export function sshSettings(said: string, { user, token, knownHosts, isNew = false }: SshSettings): string {
  const lines = said.split('\n').map((line) => line.trim());
  const kept = lines.filter((line) => line !== '' && !replaced.includes(line.split(' ', 1)[0] ?? ''));
  const own = [
    `User ${user ?? userIn(lines)}`,
    'BatchMode yes',
    'ConnectTimeout 60',
    'ServerAliveInterval 30',
    `HostKeyAlias ${token}`,
    `UserKnownHostsFile "${knownHosts.replaceAll('%', '%%')}"`,
    `StrictHostKeyChecking ${isNew ? 'accept-new' : 'yes'}`,
  ];
  return `${[`Host ${machineName}`, ...[...kept, ...own].map((line) => `  ${line}`)].join('\n')}\n`;
}

function userIn(lines: readonly string[]): string {
  return lines.find((line) => line.startsWith('User '))?.slice('User '.length) ?? 'vagrant';
}

export interface Identity {
  readonly user: string;
  /** The file; not where it is let in otherwise. */
  readonly key?: string;
}

/** Who Vagrant logs in as, and with which key: the first, where it would try several. */
export function identityIn(said: string): Identity {
  const lines = said.split('\n').map((line) => line.trim());
  const key = lines.find((line) => line.startsWith('IdentityFile '))?.slice('IdentityFile '.length);
  return { user: userIn(lines), ...(key !== undefined && { key: key.replace(/^"(.*)"$/, '$1') }) };
}
