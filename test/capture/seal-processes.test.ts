import { expect, it } from 'vitest';
import { sealProcesses } from '../../src/capture/seal-processes.js';

const token = 'hunter2-hunter2';

it('keeps allowed variables only, and what another program was told in secret out of every command line', () => {
  const sealed = sealProcesses(
    {
      processes: [
        { pid: 1, argv: ['env', 'tool', token], environment: 'aaaa' },
        { pid: 2, argv: ['tool'], environment: 'bbbb' },
        { pid: 3, argv: ['old'] },
      ],
      environments: {
        aaaa: ['PATH=/bin', `DEPLOY_TOKEN=${token}`, 'SECRET_PLACE=/x', 'malformed'],
        bbbb: ['PATH=/bin', 'OTHER=1', `LANG=${token}`],
      },
    },
    ['OTHER'],
    [],
  );
  expect(sealed).toEqual({
    processes: [
      { pid: 1, argv: ['env', 'tool', '***'], environment: '1' },
      { pid: 2, argv: ['tool'], environment: '2' },
      { pid: 3, argv: ['old'] },
    ],
    environments: { '1': { PATH: '/bin' }, '2': { LANG: '***', OTHER: '1', PATH: '/bin' } },
  });
  expect(JSON.stringify(sealed)).not.toContain('aaaa');
});

it('gives environments that differ only in what is left out one name', () => {
  const { processes, environments } = sealProcesses(
    {
      processes: [
        { pid: 1, argv: [], environment: 'a' },
        { pid: 2, argv: [], environment: 'b' },
      ],
      environments: { a: ['_=/bin/a', 'HOME=/root'], b: ['HOME=/root', '_=/bin/b'] },
    },
    undefined,
    [],
  );
  expect(processes.map(({ environment }) => environment)).toEqual(['1', '1']);
  expect(environments).toEqual({ '1': { HOME: '/root' } });
});
