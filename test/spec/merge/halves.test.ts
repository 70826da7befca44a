import { describe, expect, it } from 'vitest';
import { mergeHalves, mergeLocks, versionConflicts } from '../../../src/spec/merge/halves.js';

const half = (packages: object[], rest: object = {}) => ({
  name: 'debian',
  architecture: 'amd64',
  packages: packages.map((each) => ({ version: '1', ...each })) as { name: string; version: string }[],
  ...rest,
});

describe('the exact halves of two specs', () => {
  it('have the packages of both, used where either used them', () => {
    const [merged] = mergeLocks(
      [
        half([
          { name: 'a', used: true },
          { name: 'c', used: false },
        ]),
      ],
      [
        half([
          { name: 'a', used: false },
          { name: 'b', used: true },
        ]),
      ],
    );
    expect(merged?.packages).toEqual([
      { name: 'a', version: '1', used: true },
      { name: 'b', version: '1', used: true },
      { name: 'c', version: '1', used: false },
    ]);
  });

  it('take the later record of a package as it is, unless that is of no use', () => {
    const before = { name: 'a', certainty: 'indexed', locations: [{ archive: 'one', filename: 'a' }] };
    const repacked = { name: 'a', certainty: 'repacked', locations: [] };
    const lost = { name: 'a', certainty: 'unknown', locations: [], problems: ['it cannot be read.'] };
    expect(mergeLocks([half([before])], [half([repacked])])[0]?.packages).toEqual([{ version: '1', ...repacked }]);
    expect(mergeLocks([half([before])], [half([lost])])[0]?.packages).toEqual([{ version: '1', ...before }]);
  });

  it('have the accounts and archives of both, each once', () => {
    const group = (name: string, ...members: string[]) => ({ name, gid: 1, members });
    const [merged] = mergeLocks(
      [half([], { accounts: { users: [], groups: [group('adm', 'ada')] }, sources: ['deb x', 'deb a'], missing: 1 })],
      [half([], { accounts: { users: [], groups: [group('adm', 'bob'), group('z')] }, sources: ['deb a', 'deb b'] })],
    );
    expect(merged).toMatchObject({
      accounts: { groups: [group('adm', 'ada', 'bob'), group('z')] },
      sources: ['deb x', 'deb a', 'deb b'],
      missing: 1,
    });
  });

  it('keep the same package at two places and for two architectures apart', () => {
    const [merged] = mergeLocks(
      [
        half([
          { name: 'a', at: '/one' },
          { name: 'b', architecture: 'i386' },
        ]),
      ],
      [
        half([
          { name: 'a', at: '/two', version: '2' },
          { name: 'b', version: '3' },
        ]),
      ],
    );
    expect(merged?.packages).toHaveLength(4);
  });

  it('keep several versions of a package at one place', () => {
    const [merged] = mergeLocks([half([{ name: 'a' }, { name: 'a', version: '2' }])], [half([{ name: 'a' }])]);
    expect(merged?.packages?.map(({ version }) => version)).toEqual(['1', '2']);
  });

  it('keep a list in order that was in order', () => {
    const manifest = (...packages: string[]) => [{ name: 'debian', packages }];
    expect(mergeHalves(manifest('a=1', 'c=1'), manifest('b=1', 'c=1'))).toEqual(manifest('a=1', 'b=1', 'c=1'));
  });
});

it.each([
  ['of one version', half([{ name: 'a' }]), []],
  ['of two versions', half([{ name: 'a', version: '2' }]), [{ name: 'debian a', versions: ['1', '2'] }]],
  ['of another architecture', half([{ name: 'a', version: '2', architecture: 'i386' }]), []],
  ['whose architecture is the usual one, once written out', half([{ name: 'a', architecture: 'amd64' }]), []],
  ['that is there twice', half([{ name: 'a', version: '2' }, { name: 'a' }]), []],
])('says of a package %s whether it can be in one environment', (_title, other, expected) => {
  expect(versionConflicts([half([{ name: 'a' }])], [other])).toEqual(expected);
});
