import { expect, it } from 'vitest';
import { identityIn, sshSettings } from '../../../backends/vagrant/ssh-settings.js';

/** As Vagrant 2.3 says it. */
const said = `Host default
  HostName 192.168.121.97
  User vagrant
  Port 22
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile "/srv/a b/private_key"
  IdentitiesOnly yes
  LogLevel FATAL

`;
const pin = { token: 't1', knownHosts: '/srv/50% of it/known_hosts' };

it('goes where Vagrant says, and to no machine but the one with the key that was seen first', () => {
  expect(sshSettings(said, { user: 'root', ...pin })).toBe(`Host machine
  HostName 192.168.121.97
  Port 22
  IdentityFile "/srv/a b/private_key"
  IdentitiesOnly yes
  User root
  BatchMode yes
  ConnectTimeout 60
  ServerAliveInterval 30
  HostKeyAlias t1
  UserKnownHostsFile "/srv/50%% of it/known_hosts"
  StrictHostKeyChecking yes
`);
});

it('learns the key of a new machine as the user of its box', () => {
  const settings = sshSettings(said, { ...pin, isNew: true });
  expect(settings).toContain('  User vagrant\n');
  expect(settings).toContain('  StrictHostKeyChecking accept-new\n');
});

it('tells with which key Vagrant gets in, and where it names none', () => {
  expect(identityIn(said)).toEqual({ user: 'vagrant', key: '/srv/a b/private_key' });
  expect(identityIn(said.replace(/.*IdentityFile.*\n/, ''))).toEqual({ user: 'vagrant' });
});
