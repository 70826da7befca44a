import { afterAll, beforeEach, expect, it } from 'vitest';
import { keysOf } from '../../../src/distributions/debian/keys.js';
import { sha256 } from '../../../src/hash.js';
import { silent } from '../../../src/model/progress.js';
import { type ArchiveKey, archiveKey } from '../../support/archive-key.js';
import { needs, shared } from '../../support/needs.js';
import { debianRoot, type TestRoot } from './root.js';

let key: ArchiveKey;
beforeEach(needs({ programs: ['gpg'] }));
beforeEach(
  shared(async () => {
    key = archiveKey();
  }),
);
afterAll(() => key?.[Symbol.dispose]());

/** What is kept of the root for these lines, by path. */
async function kept(root: TestRoot, ...sources: string[]): Promise<Record<string, string>> {
  const contents = new Map<string, string>();
  const add = async (content: Uint8Array) => {
    contents.set(sha256(content), Buffer.from(content).toString());
    return { hash: sha256(content), size: content.length };
  };
  const keys = await keysOf(sources, (path) => path.includes('debian-archive'), {
    ...{ machine: root.machine, repack: 'none', progress: silent, owned: [], needed: [], ownerOf: () => undefined },
    contents: { add } as never,
    mayCarry: (path) => !path.includes('private'),
  });
  return Object.fromEntries(keys.map(({ path, content }) => [path, contents.get(content) ?? '']));
}

it('keeps the keys that sources name, and the trusted ones where a source names none', async () => {
  await using root = await debianRoot();
  const armored = key.armored.toString();
  await root.write('/etc/apt/keyrings/other.asc', `From a mail:\n${armored}\n-- \nAda\n`);
  await root.write('/etc/apt/keyrings/unused.asc', key.armored);
  await root.write('/etc/apt/keyrings/private.asc', key.armored);
  await root.write('/etc/apt/trusted.gpg.d/debian-archive.gpg', key.binary);
  await root.write('/etc/apt/trusted.gpg.d/neuro.gpg', key.binary);
  const other = 'deb [arch=amd64 signed-by=/etc/apt/keyrings/other.asc,/etc/apt/keyrings/private.asc] http://o/ s main';
  expect(await kept(root, other)).toEqual({ '/etc/apt/keyrings/other.asc': armored });
  expect(await kept(root, other, 'deb http://n/ s main')).toEqual({
    '/etc/apt/keyrings/other.asc': armored,
    '/etc/apt/trusted.gpg.d/neuro.gpg': key.binary.toString(),
  });
  expect(await kept(root)).toEqual({});
});

it('keeps nothing but public keys, whatever a source names', async () => {
  await using root = await debianRoot();
  await root.write('/root/secret.gpg', key.secret);
  await root.write('/root/both.gpg', Buffer.concat([key.binary, key.secret]));
  await root.write('/etc/shadow', 'root:planted-canary:1:0:::::\n');
  const line = 'deb [signed-by=/root/secret.gpg,/root/both.gpg,/etc/shadow] http://o/ s main';
  expect(await kept(root, line)).toEqual({});
});

it('puts a key that a source itself holds among the trusted ones', async () => {
  await using root = await debianRoot();
  const lines = key.armored.toString().trimEnd().split('\n');
  const signedBy = lines.map((line) => ` ${line || '.'}`).join('\n');
  const source = `Types: deb\nURIs: https://ppa.example.org/ubuntu/\nSuites: noble\nComponents: main\nSigned-By:\n${signedBy}\n`;
  await root.write('/etc/apt/sources.list.d/team-ppa.sources', source);
  expect(await kept(root, 'deb https://ppa.example.org/ubuntu noble main')).toEqual({
    '/etc/apt/trusted.gpg.d/team-ppa.asc': key.armored.toString(),
  });
  expect(await kept(root, 'deb https://another.example.org/ubuntu noble main')).toEqual({});
});
