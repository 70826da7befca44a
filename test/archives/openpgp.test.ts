import { execFileSync } from 'node:child_process';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { armoredKeysIn, publicKeysIn } from '../../src/archives/openpgp.js';
import { type ArchiveKey, archiveKey } from '../support/archive-key.js';
import { needs, shared } from '../support/needs.js';

let own: ArchiveKey;
let other: ArchiveKey;
const prepare = shared(async () => {
  [own, other] = [archiveKey(), archiveKey()];
});
beforeEach(async (context) => {
  await needs({ programs: ['gpg'] })(context);
  await prepare();
});
afterAll(() => {
  for (const key of [own, other]) key?.[Symbol.dispose]();
});

function armor(packets: Buffer): Buffer {
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} PGP PUBLIC KEY BLOCK-----\n`);
  return Buffer.from(`${begin}\n${packets.toString('base64')}\n${end}`);
}

describe('public keys in a file', () => {
  it('are all of it where it is nothing else', () => {
    for (const key of [own.armored, own.binary, Buffer.concat([own.binary, other.binary])])
      expect(publicKeysIn(key)).toEqual(key);
  });

  it('are the blocks of it, without what stands around them', () => {
    const text = Buffer.from(`The keys of x:\r\n\n${own.armored}\n-- \n${other.armored}\nsecret\n`);
    expect(publicKeysIn(text)).toEqual(Buffer.concat([own.armored, other.armored]));
    const noted = own.armored.toString().replace('BLOCK-----\n', 'BLOCK-----\nVersion: GnuPG v2.0.14 (GNU/Linux)\n');
    expect(publicKeysIn(Buffer.from(noted))?.toString()).toBe(noted);
  });

  it.each<[string, () => Buffer]>([
    ['a secret key', () => own.secret],
    ['a secret key by the name of a public one', () => armor(own.secret)],
    ['a public key before a secret one', () => Buffer.concat([own.binary, own.secret])],
    ['blocks of which one is of a secret key', () => Buffer.concat([own.armored, armor(own.secret)])],
    ['a key that is cut off', () => own.binary.subarray(0, -1)],
    ['what begins as a key does', () => Buffer.from('99010d04deadbeef', 'hex')],
    ['a length without an end', () => Buffer.from('9b04c6', 'hex')],
    ['nothing', () => Buffer.alloc(0)],
    ['an ssh key', () => Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n')],
  ])('are none where it is %s', (_what, content) => {
    expect(publicKeysIn(content())).toBeUndefined();
  });
});

describe('public keys in armor', () => {
  it('are each by itself what gpg reads, however they were written', () => {
    const keyring = Buffer.concat([own.binary, other.binary]);
    for (const content of [keyring, armor(keyring), Buffer.concat([own.armored, other.armored])]) {
      const found = armoredKeysIn(content);
      expect(found.map((each) => execFileSync('gpg', ['--batch', '--dearmor'], { input: each }))).toEqual([
        own.binary,
        other.binary,
      ]);
    }
    expect(armoredKeysIn(own.secret)).toEqual([]);
  });
});
