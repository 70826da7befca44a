import { describe, expect, it } from 'vitest';
import { digestOf, npmRecords, pnpmRecords, yarnRecords } from '../../../src/distributions/npm/records.js';

const sha1 = 'b23b1189240cf630f926c3b035f4188cd4c7ec23';

describe('what lock files say of packages', () => {
  it.each`
    key                                 | entry                   | name
    ${'left@1.2.3'}                     | ${{}}                   | ${'left@1.2.3'}
    ${'@corp/right@2.0.1(left@1.2.3)'}  | ${{}}                   | ${'@corp/right@2.0.1'}
    ${'/@corp/right@2.0.1(left@1.2.3)'} | ${{}}                   | ${'@corp/right@2.0.1'}
    ${'/left/1.2.3_react@18.0.0'}       | ${{}}                   | ${'left@1.2.3'}
    ${'left@file:../left-1.2.3.tgz'}    | ${{ version: '1.2.3' }} | ${'left@1.2.3'}
  `('is found in that of pnpm under $key', ({ key, entry, name }: { key: string; entry: object; name: string }) => {
    const lock = {
      lockfileVersion: '9.0',
      packages: { [key]: { resolution: { integrity: 'sha512-AAAA' }, ...entry } },
    };
    expect([...pnpmRecords(Buffer.from(JSON.stringify(lock)))]).toEqual([[name, { integrity: 'sha512-AAAA' }]]);
  });

  it('has in that of Yarn the SHA-1 in the address', () => {
    const block = `"@corp/right@^2.0.0", "@corp/right@file:../right.tgz":\n  version "2.0.1"\n  resolved "file:../right.tgz#${sha1}"\n`;
    const record = yarnRecords(Buffer.from(`# yarn lockfile v1\n\n\n${block}`)).get('@corp/right@2.0.1');
    expect(record?.resolved).toBe('file:../right.tgz');
    expect(digestOf(record?.integrity)).toEqual({ algorithm: 'sha1', value: sha1 });
  });

  it.each`
    resolved                                             | kept
    ${'https://ada:secret@npm.example.org/left/-/l.tgz'} | ${'https://npm.example.org/left/-/l.tgz'}
    ${'git+https://token@example.org/left.git#abc'}      | ${'git+https://example.org/left.git#abc'}
    ${'git+ssh://git@example.org/left.git#abc'}          | ${'git+ssh://git@example.org/left.git#abc'}
    ${'git+ssh://git:secret@example.org/left.git#abc'}   | ${'git+ssh://git@example.org/left.git#abc'}
  `('has $resolved without what is secret', ({ resolved, kept }: { resolved: string; kept: string }) => {
    const lock = { packages: { 'node_modules/left': { version: '1.2.3', resolved } } };
    expect(npmRecords(Buffer.from(JSON.stringify(lock))).get('node_modules/left')).toEqual({ resolved: kept });
  });

  it('has the strongest of several digests', () => {
    expect(digestOf('sha1-AAAA sha512-BBBB')).toEqual({ algorithm: 'sha512', value: '041041' });
    expect(digestOf(undefined)).toBeUndefined();
  });
});
