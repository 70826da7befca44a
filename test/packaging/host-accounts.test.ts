import { expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import { addAccounts } from '../../src/packaging/host-accounts.js';

const user = { name: 'ada', uid: 4320, gid: 4321, gecos: '', home: '/', shell: '/bin/sh' };

it.each([{ name: 'ada::0' }, { gecos: 'x\nroot2:x:0:0:::' }, { home: '/a:/b' }, { shell: '/bin/sh\r' }])(
  'adds no account of which the fields would be others in the file: %j',
  async (change) => {
    await using host = await localMachine();
    const argvs: (readonly string[])[] = [];
    const shell = { run: async (argv: readonly string[]) => void argvs.push(argv) };
    const watched = { ...host, shell } as unknown as typeof host;
    await expect(addAccounts({ users: [{ ...user, ...change }], groups: [] }, watched)).rejects.toThrow(
      'has a colon or a line break in a field',
    );
    expect(argvs).toEqual([]);
  },
);
