import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseImageSource, usualImage } from '../../../backends/aws/images.js';
import { awsParameters } from '../../../backends/aws/parameters.js';
import { hostKeysIn, needsPackages, userData } from '../../../backends/cloud-init.js';
import { settingsFile, writeKnownHosts, writeSettings } from '../../../backends/cloud-ssh.js';
import { isInstalled } from '../../../bin/set-up.js';
import { localMachine } from '../../../src/machines/local.js';
import { run } from '../../support/run.js';

describe('parameters', () => {
  it('are enough when nothing is said', () => {
    expect(awsParameters.parse({})).toEqual({
      ...{ user: 'root', address: 'public', hostKey: 'console', sshFrom: '0.0.0.0/0,::/0' },
    });
  });

  it('take a key from where the command runs, and one in the home as it is', () => {
    expect(awsParameters.parse({ keyFile: 'id' }).keyFile).toBe(join(process.cwd(), 'id'));
    expect(awsParameters.parse({ keyFile: '~/.ssh/id' }).keyFile).toBe('~/.ssh/id');
  });

  it('take numbers as they are written on a command line', () => {
    expect(awsParameters.parse({ volumeSize: '40' }).volumeSize).toBe(40);
  });

  it.each([
    ['image', 'debian'],
    ['user', 'me\nProxyCommand x'],
    ['user', '-oProxyCommand=x'],
    ['keyFile', 'key"\nProxyCommand x'],
    ['endpoint', 'file:///etc/passwd'],
    ['sshFrom', 'anywhere'],
    ['volumeSize', '0'],
    ['tags', 'aws:name=x'],
    ['tags', 'novalue'],
  ])('refuse %s=%j', (key, value) => {
    expect(awsParameters.safeParse({ [key]: value }).success).toBe(false);
  });
});

describe('host keys on a console', () => {
  const shown = (key: string) =>
    `[   12.0] cloud-init[512]: x\n-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 ${key} root@ip-10-0-0-1\nssh-rsa AAAAB3/+= root@x\n-----END SSH HOST KEY KEYS-----\n`;

  it('are those between the marks', () => {
    expect(hostKeysIn(shown('AAAAC3Nz'))).toEqual(['ssh-ed25519 AAAAC3Nz', 'ssh-rsa AAAAB3/+=']);
  });

  it('are those of the last start, where it shows several', () => {
    expect(hostKeysIn(`${shown('AAAAold')}${shown('AAAAnew')}`)[0]).toBe('ssh-ed25519 AAAAnew');
  });

  it.each(['', 'Linux version 6.1', '-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 AAAAC3Nz root@x'])(
    'are none where it does not show them whole: %j',
    (text) => {
      expect(hostKeysIn(text)).toEqual([]);
    },
  );
});

describe('the source of an image', () => {
  it('is an account and what its names match, which may have slashes', () => {
    const name = 'ubuntu/images/hvm-ssd*/ubuntu-*-24.04-amd64-server-*';
    expect(parseImageSource(`099720109477/${name}`)).toEqual({ owner: '099720109477', name });
    expect(() => parseImageSource('debian-12-*')).toThrow('says nothing of a machine image');
  });

  it('is of the architecture that this machine has', () => {
    expect(usualImage('aarch64').name).toContain('arm64');
    expect(usualImage('x86_64').name).toContain('amd64');
  });
});

describe('what cloud-init is told', () => {
  const told = (asked: Parameters<typeof userData>[0]) => JSON.parse(userData(asked).split('\n')[1] ?? '') as unknown;

  it('is to let root in, and only where that is who logs in', () => {
    expect(told({ user: 'root', backend: 'rootfs' })).toEqual({ disable_root: false });
    expect(told({ user: 'admin', backend: 'rootfs' })).toEqual({});
  });

  it('is to install the engine where that acts there', () => {
    expect([needsPackages('docker'), needsPackages('rootfs')]).toEqual([true, false]);
    expect(told({ user: 'admin', backend: 'docker' })).toMatchObject({ packages: ['docker.io'] });
  });
});

describe('settings of ssh', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aws % x-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.skipIf(!isInstalled('ssh'))('mean what they say to ssh itself, in folders with any name', async () => {
    const here = await localMachine();
    const details = { token: 't', host: 'reproman-x', user: 'root', address: 'public', folder } as const;
    const own = { ...details, keyFile: join(folder, 'key') };
    await writeKnownHosts(here, own, ['ssh-ed25519 AAAA']);
    await writeSettings(here, own, { address: '192.0.2.7', isKnown: true });
    expect(statSync(settingsFile(own)).mode & 0o777).toBe(0o600);
    const { stdout } = await run(['ssh', '-G', '-F', settingsFile(own), 'reproman-x']);
    const meant = new Map(stdout.split('\n').map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
    const asked = ['hostname', 'user', 'identityfile', 'hostkeyalias', 'stricthostkeychecking', 'identitiesonly'];
    expect(asked.map((key) => meant.get(key))).toEqual([
      ...['192.0.2.7', 'root', own.keyFile.replaceAll('%', '%%'), 'reproman-x', 'true', 'yes'],
    ]);
    expect(meant.get('userknownhostsfile')).toContain('known_hosts');
  });
});
