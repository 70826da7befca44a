import { describe, expect, it } from 'vitest';
import { kindNames, kindOf, parseParameters } from '../../src/resources/kind.js';

describe('the name of a kind of place', () => {
  it.each([
    ['rootfs', 'rootfs', undefined, 'rootfs'],
    ['docker', 'docker', undefined, 'docker'],
    ['ssh:docker', 'ssh:docker', 'ssh', 'docker'],
    ['ssh:rootfs', 'ssh:rootfs', 'ssh', 'rootfs'],
    ['ssh', 'ssh:rootfs', 'ssh', 'rootfs'],
  ])('%s is %s', async (text, name, outer, backend) => {
    const kind = await kindOf(text);
    expect([kind.name, kind.outer?.name, kind.backend.name]).toEqual([name, outer, backend]);
  });

  it('says why a backend was chosen only where none was named', async () => {
    expect((await kindOf('ssh')).why).toMatch(/stays as it is/);
    expect((await kindOf('ssh:rootfs')).why).toBeUndefined();
  });

  it.each(['', ':', 'ssh:', ':rootfs', 'rootfs:ssh', 'ssh:ssh', 'ssh:rootfs:docker', 'toString', 'ssh:toString'])(
    'is not %j',
    async (text) => {
      await expect(kindOf(text)).rejects.toMatchObject({ kind: 'usage' });
    },
  );

  it('is suggested where it was mistyped', async () => {
    await expect(kindOf('ssh:rootsf')).rejects.toMatchObject({ remedy: "did you mean 'ssh:rootfs'?" });
    expect(kindNames).toContain('ssh:docker');
  });
});

describe('the parameters of a nested backend', () => {
  const host = 'me@there:22';
  const address = { destination: 'me@there', port: 22 };

  it('go to whoever of the two knows the key', async () => {
    const given = { host, folder: '/scratch/x' };
    const parsed = parseParameters(await kindOf('ssh:rootfs'), given);
    expect(parsed).toEqual({ outer: { host: address }, backend: { folder: '/scratch/x', form: 'folder' } });
  });

  it('are told apart by name where both know the key', async () => {
    const kind = await kindOf('ssh:docker');
    expect(() => parseParameters(kind, { host })).toThrow(
      expect.objectContaining({ remedy: 'write -b ssh.host=VALUE or -b docker.host=VALUE' }),
    );
    const engine = 'unix:///run/user/1000/docker.sock';
    expect(parseParameters(kind, { 'ssh.host': host, 'docker.host': engine })).toEqual({
      outer: { host: address },
      backend: { host: engine },
    });
  });

  it('may be those of one alone, with or without its name', async () => {
    const kind = await kindOf('rootfs');
    for (const key of ['folder', 'rootfs.folder']) {
      expect(parseParameters(kind, { [key]: '/x' })).toEqual({ outer: {}, backend: { folder: '/x', form: 'folder' } });
    }
    expect(() => parseParameters(kind, { host })).toThrow("rootfs has no parameter 'host'");
  });

  it('are asked for where they are needed', async () => {
    const kind = await kindOf('ssh');
    expect(() => parseParameters(kind, {})).toThrow('the parameter host is missing');
    expect(() => parseParameters(kind, { hots: host })).toThrow(
      expect.objectContaining({ remedy: "did you mean 'host'?" }),
    );
  });

  it.each(['-oProxyCommand=id', 'me@-x', '-x@there', 'a b', 'there:ssh', '', 'there\nx', '@there'])(
    'never name a host that ssh takes for something else: %j',
    async (text) => {
      const kind = await kindOf('ssh');
      expect(() => parseParameters(kind, { host: text })).toThrow('the parameter host is not right');
    },
  );
});
