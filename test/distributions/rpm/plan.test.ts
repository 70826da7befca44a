import { describe, expect, it } from 'vitest';
import { planBootstrap, planRpm } from '../../../src/distributions/rpm/plan.js';
import { type RpmLock, rpmLockSchema } from '../../../src/distributions/rpm/schema.js';
import type { Base } from '../../../src/packaging/base-system.js';

const [indexed, repacked, edited] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
const changed = { path: '/etc/one.conf', content: edited, mode: '0640', uid: 0, gid: 7, mtime: 5 };
const lock: RpmLock = rpmLockSchema.parse({
  name: 'rpm',
  architecture: 'x86_64',
  database: { folder: '/var/lib/rpm', format: 'sqlite' },
  repositories: [{ id: 'base', urls: ['https://one.example.org/os/', 'https://two.example.org/os'] }],
  packages: [
    {
      ...{ name: 'two', version: '1:2-1', architecture: 'noarch', used: true, certainty: 'indexed' },
      ...{ repository: 'base', location: 'Packages/two-2-1.noarch.rpm', sha256: indexed, size: 9 },
    },
    {
      ...{ name: 'one', version: '1-1', architecture: 'x86_64', used: false, certainty: 'repacked' },
      ...{ sha256: repacked, repacked, changed: [changed], missing: ['/usr/share/doc/one'] },
    },
  ],
  documentation: true,
  accounts: { users: [{ name: 'web', uid: 80, gid: 81, gecos: '', home: '/', shell: '/bin/sh' }], groups: [] },
});
const base: Base = { distribution: 'rpm', release: 'example 1', architecture: 'x86_64', layout: 'merged-usr' };

describe('the plan of an rpm system', () => {
  it('fetches from every address of the repository, or takes the repacked copy', () => {
    const { packages } = planBootstrap(lock, { base, libc: 'glibc', epoch: 1 });
    expect(packages.map(({ name, artifact }) => [name, artifact])).toEqual([
      [
        'one',
        { name: 'one-1-1.x86_64.rpm', digest: { algorithm: 'sha256', value: repacked }, urls: [], content: repacked },
      ],
      [
        'two',
        {
          name: 'two-2-1.noarch.rpm',
          digest: { algorithm: 'sha256', value: indexed },
          size: 9,
          urls: [
            'https://one.example.org/os/Packages/two-2-1.noarch.rpm',
            'https://two.example.org/os/Packages/two-2-1.noarch.rpm',
          ],
          origins: [{ path: 'Packages/two-2-1.noarch.rpm' }],
        },
      ],
    ]);
  });

  it('removes and writes what was removed and edited after installation', () => {
    const { artifacts = [], steps } = planRpm(lock, { base, libc: 'glibc', epoch: 1 });
    expect(artifacts).toEqual([]);
    expect(steps).toEqual([
      { kind: 'remove', path: '/usr/share/doc/one', reason: expect.stringContaining('one brings it') },
      {
        ...{ kind: 'write', path: '/etc/one.conf', content: edited, mode: 0o640, uid: 0, gid: 7, mtime: 5 },
        reason: expect.stringContaining('after one was installed'),
      },
    ]);
  });

  it('unpacks the packages first where the base is of another kind', () => {
    const { artifacts = [], steps } = planRpm(lock, {
      base: { ...base, distribution: 'debian' },
      libc: 'glibc',
      epoch: 1,
    });
    expect(artifacts.map(({ name }) => name)).toEqual(['one', 'two']);
    const details = { users: { web: 80 }, groups: {} };
    expect(steps.slice(0, 2)).toEqual([
      {
        kind: 'unpack',
        path: '/',
        content: repacked,
        as: { distribution: 'rpm', details },
        reason: expect.any(String),
      },
      { kind: 'unpack', path: '/', content: indexed, as: { distribution: 'rpm', details }, reason: expect.any(String) },
    ]);
    expect(steps).toHaveLength(4);
  });

  it('has no place for a database but those that rpm has: rpm would expand macros in its name', () => {
    const folder = '%(touch /tmp/planted)';
    expect(rpmLockSchema.safeParse({ ...lock, database: { folder, format: 'sqlite' } }).success).toBe(false);
  });
});
