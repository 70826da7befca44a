import { describe, expect, it } from 'vitest';
import { parseRequest, settleRequest } from '../../../src/distributions/debian/resolve-requests.js';
import { debianManifestSchema } from '../../../src/distributions/debian/schema.js';

const base = {
  distribution: 'debian',
  release: '12',
  codename: 'bookworm',
  architecture: 'amd64',
  layout: 'merged-usr',
} as const;
const archive = { id: 'bookworm/main', uri: 'http://archive.example', suite: 'bookworm' };
const candidates = ['1:1.9-1', '1:2.0~rc1-1', '1:2.0-1', '1:2.0-1+deb12u1'].map((Version) => ({
  stanza: { Package: 'tool', Version },
  archive,
}));
const settled = (text: string) => settleRequest(parseRequest(text), candidates, [], base);

describe('a request for a package', () => {
  it.each([
    ['tool', undefined],
    ['tool=1:1.9-1', '1:1.9-1'],
    ['tool==1:1.9-1', '1:1.9-1'],
    ['tool>=1:1.9', '1:2.0-1+deb12u1'],
    ['tool<1:2.0-1', '1:2.0~rc1-1'],
    ['tool<<1:2.0~rc1-1', '1:1.9-1'],
    ['tool<=1:2.0-1', '1:2.0-1'],
    ['tool>1:2.0-1', '1:2.0-1+deb12u1'],
  ])('%s is settled at the newest version that is allowed', (text, version) => {
    expect(debianManifestSchema.safeParse({ name: 'debian', packages: [text] }).success).toBe(true);
    expect(settled(text).version).toBe(version);
  });

  it('keeps its architecture', () => {
    expect(settled('tool:i386>=1:1.9')).toEqual({ name: 'tool', architecture: 'i386', version: '1:2.0-1+deb12u1' });
  });

  it('that nobody can meet names what there is, newest first', () => {
    expect(() => settled('tool>>1:3')).toThrow('No archive of bookworm has tool at a version >> 1:3.');
    expect(() => settled('tool=1:3')).toThrow('No archive of bookworm has tool at version 1:3.');
    try {
      settled('tool>>1:3');
    } catch (error) {
      expect(error).toMatchObject({ remedy: expect.stringContaining('versions: 1:2.0-1+deb12u1, 1:2.0-1, ') });
    }
  });

  it.each(['tool=', 'tool>=', 'tool~1', '-tool', 'tool >= 1', 'tool=1;rm'])('%s is refused by the schema', (text) => {
    expect(debianManifestSchema.safeParse({ name: 'debian', packages: [text] }).success).toBe(false);
  });
});
