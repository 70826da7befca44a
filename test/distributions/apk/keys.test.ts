import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { believed, keepKeys, keysOf, trustOf } from '../../../src/distributions/apk/keys.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { FinishContext } from '../../../src/packaging/reader.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { apkIndex, apkKey, signedBy } from '../../support/apk-repository.js';

const repository = 'https://example.org/main';
const [own, other] = [apkKey(), apkKey('other-1.rsa.pub')];
const index = apkIndex('P:tool\nV:1-r0\n\n');
const folder = mkdtempSync(join(tmpdir(), 'reproman-apk-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const trust = (...keys: (typeof own)[]) => ({
  keys: keys.map(({ name, publicKey }) => ({ path: `/etc/apk/keys/${name}`, content: Buffer.from(publicKey) })),
  environment: {},
});

describe('an index of a repository', () => {
  it.each(['RSA', 'RSA256'] as const)('is the part that a trusted key signed (%s)', async (kind) => {
    const { content, key } = await believed(signedBy(own, index, kind), repository, trust(other, own));
    expect(content.equals(index)).toBe(true);
    expect(key?.path).toBe(`/etc/apk/keys/${own.name}`);
  });

  it('may be signed by several, of whom one is trusted', async () => {
    const [first, second] = [signedBy(other, index), signedBy(own, index, 'RSA256')];
    const { gunzipSync, gzipSync } = await import('node:zlib');
    const parts = [first, second].map((each) => gunzipSync(each.subarray(0, each.length - index.length)));
    const both = Buffer.concat([gzipSync(Buffer.concat(parts)), index]);
    expect((await believed(both, repository, trust(own))).key?.path).toContain(own.name);
  });

  it('is known by its key whatever kinds of keys there are beside it', async () => {
    const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const trusted = trust({ ...other, publicKey }, own);
    expect((await believed(signedBy(own, index, 'RSA256'), repository, trusted)).key?.path).toContain(own.name);
  });

  it.each([
    [
      'was changed afterwards',
      () => Buffer.concat([signedBy(own, index).subarray(0, -index.length), apkIndex('P:evil\n\n')]),
    ],
    ['has more at its end', () => Buffer.concat([signedBy(own, index), apkIndex('P:evil\nV:9-r0\n\n')])],
    ['is signed by another of the same name', () => signedBy(apkKey(), index)],
    ['is cut off', () => signedBy(own, index).subarray(0, -5)],
  ])('is refused where it %s', async (_what, content) => {
    await expect(believed(content(), repository, trust(own))).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: `The index is not what ${own.name} signed.`,
      where: repository,
    });
  });

  it.each([
    ['nobody', index, 'signed by nobody', /abuild-sign/],
    [
      'a key that is not here',
      signedBy(other, index),
      `signed by ${other.name}, a key that nothing`,
      /REPROMAN_APK_KEYS/,
    ],
    // What stands before the signed part is no index, whatever it says.
    ['an index before it', Buffer.concat([apkIndex('P:evil\n\n'), index]), 'signed by nobody', /abuild-sign/],
  ])('is refused where it is signed by %s', async (_who, content, message, remedy) => {
    const refused = believed(content, repository, trust(own));
    await expect(refused).rejects.toMatchObject({ kind: 'not-ready', remedy: expect.stringMatching(remedy) });
    await expect(refused).rejects.toThrow(message);
  });

  it('is taken as it comes where the settings name its repository, and no other', async () => {
    const environment = { REPROMAN_UNSIGNED_REPOSITORIES: `${repository}/ https://example.org/more` };
    expect(await believed(index, repository, { keys: [], environment })).toEqual({ content: index });
    await expect(believed(index, 'https://example.org/else', { keys: [], environment })).rejects.toThrow('nobody');
  });
});

describe('the keys of a system', () => {
  it('are where apk looks for them, and what the settings and the spec name', async () => {
    const root = join(folder, 'root');
    for (const place of ['etc/apk/keys', 'usr/lib/apk/keys']) mkdirSync(join(root, place), { recursive: true });
    writeFileSync(join(root, 'etc/apk/keys', own.name), own.publicKey);
    writeFileSync(join(root, 'etc/apk/keys/README'), 'no key\n');
    writeFileSync(join(root, 'usr/lib/apk/keys', other.name), other.publicKey);
    const contents = folderContents(join(folder, 'contents'));
    const machine = await directoryMachine(root);
    const carried = await keysOf({ machine, contents } as unknown as FinishContext);
    expect(carried.map(({ path }) => path)).toEqual([`/etc/apk/keys/${own.name}`, `/usr/lib/apk/keys/${other.name}`]);
    const bare = await directoryMachine(join(folder, 'contents'));
    const names = async (environment: Readonly<Record<string, string>>, ofSpec: typeof carried = []) =>
      (await trustOf({ host: bare, carried: ofSpec, contents, environment })).keys.map(({ path }) => path);
    expect(await names({}, carried)).toEqual(carried.map(({ path }) => path));
    const [file, place] = [join(root, 'etc/apk/keys', own.name), join(root, 'usr/lib/apk/keys')];
    expect(await names({ REPROMAN_APK_KEYS: `${file} ${place}` })).toEqual([file, join(place, other.name)]);
    await expect(names({ REPROMAN_APK_KEYS: join(folder, 'nowhere') })).rejects.toMatchObject({
      kind: 'usage',
      message: 'the keys that REPROMAN_APK_KEYS names cannot be read (ENOENT)',
    });
  });

  it('are public ones alone, wherever private ones lie beside them', async () => {
    const secret = own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const root = join(folder, 'private');
    const place = join(root, 'etc/apk/keys');
    for (const each of [place, join(folder, 'public')]) mkdirSync(each, { recursive: true });
    writeFileSync(join(place, 'me.rsa'), secret);
    writeFileSync(join(place, 'me.rsa.pub'), `${own.publicKey}${secret}`);
    const contents = folderContents(join(folder, 'public'));
    const machine = await directoryMachine(root);
    const bare = await directoryMachine(join(folder, 'public'));
    const environment = { REPROMAN_APK_KEYS: place };
    const { key } = await believed(signedBy(own, index), repository, await trustOf({ host: bare, environment }));
    const kept = [
      ...(await keysOf({ machine, contents } as unknown as FinishContext)),
      ...(await keepKeys(contents, key ? [key] : [])),
    ];
    expect(kept.map(({ path }) => path)).toEqual(Array(2).fill('/etc/apk/keys/me.rsa.pub'));
    for (const { content } of kept) expect(readFileSync(await contents.locate(content), 'utf8')).toBe(own.publicKey);
    await expect(
      trustOf({ host: bare, environment: { REPROMAN_APK_KEYS: join(place, 'me.rsa') } }),
    ).rejects.toMatchObject({ kind: 'usage', message: 'what REPROMAN_APK_KEYS names has no public key in it' });
  });
});
