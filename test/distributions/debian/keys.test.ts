import { expect, it } from 'vitest';
import { keysOf } from '../../../src/distributions/debian/keys.js';
import { sha256 } from '../../../src/hash.js';
import { silent } from '../../../src/model/progress.js';
import { debianRoot, type TestRoot } from './root.js';

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
  await root.write('/etc/apt/keyrings/other.asc', 'other');
  await root.write('/etc/apt/keyrings/unused.asc', 'unused');
  await root.write('/etc/apt/keyrings/private.asc', 'private');
  await root.write('/etc/apt/trusted.gpg.d/debian-archive.gpg', 'debian');
  await root.write('/etc/apt/trusted.gpg.d/neuro.gpg', 'neuro');
  const other = 'deb [arch=amd64 signed-by=/etc/apt/keyrings/other.asc,/etc/apt/keyrings/private.asc] http://o/ s main';
  expect(await kept(root, other)).toEqual({ '/etc/apt/keyrings/other.asc': 'other' });
  expect(await kept(root, other, 'deb http://n/ s main')).toEqual({
    '/etc/apt/keyrings/other.asc': 'other',
    '/etc/apt/trusted.gpg.d/neuro.gpg': 'neuro',
  });
  expect(await kept(root)).toEqual({});
});

it('puts a key that a source itself holds among the trusted ones', async () => {
  await using root = await debianRoot();
  const key = ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '', 'bWFkZSB1cA==', '-----END PGP PUBLIC KEY BLOCK-----'];
  const signedBy = key.map((line) => ` ${line || '.'}`).join('\n');
  const source = `Types: deb\nURIs: https://ppa.example.org/ubuntu/\nSuites: noble\nComponents: main\nSigned-By:\n${signedBy}\n`;
  await root.write('/etc/apt/sources.list.d/team-ppa.sources', source);
  expect(await kept(root, 'deb https://ppa.example.org/ubuntu noble main')).toEqual({
    '/etc/apt/trusted.gpg.d/team-ppa.asc': `${key.join('\n')}\n`,
  });
  expect(await kept(root, 'deb https://another.example.org/ubuntu noble main')).toEqual({});
});
