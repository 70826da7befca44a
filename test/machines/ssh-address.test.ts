import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseSshAddress } from '../../src/machines/ssh/address.js';

describe('the address of a host', () => {
  it.each([
    ['host', { destination: 'host' }],
    ['me@host.example.org:2222', { destination: 'me@host.example.org', port: 2222 }],
    ['me@[fe80::1]:22', { destination: 'me@fe80::1', port: 22 }],
    ['lab_1', { destination: 'lab_1' }],
    ['rechner-ä', { destination: 'rechner-ä' }],
  ])('%s is understood', (text, address) => {
    expect(parseSshAddress(text)).toEqual(address);
  });

  // The user's settings may put it into a command for a shell: https://man.openbsd.org/ssh_config#ProxyCommand
  it('is nothing to a shell, or refused', () => {
    const metacharacters = [...'\'"`$\\;&<>|(){}[]*?~#!^, \t\n\r\0'];
    const words = [
      '-oProxyCommand=x',
      '$(x)',
      '`x`',
      'a;x',
      'a\nx',
      '--',
      'x&&x',
      '$'.concat('{IFS}'),
      '~',
      ...metacharacters,
    ];
    const asked = words.flatMap((word) => [word, `h${word}`, `${word}@host`, `u${word}@host`, `host:${word}`]);
    const taken = asked.flatMap((text) => parseSshAddress(text)?.destination ?? []);
    for (const destination of taken) {
      const { stdout } = spawnSync('sh', ['-c', `printf '<%s>' ${destination}`], { encoding: 'utf8' });
      expect(stdout).toBe(`<${destination}>`);
    }
    expect(taken.filter((destination) => /(?:^|@)-/.test(destination))).toEqual([]);
  });
});
