import { execFileSync } from 'node:child_process';
import { cpSync, createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchArtifacts } from '../../../src/archives/fetch.js';
import { packetsOf } from '../../../src/archives/openpgp.js';
import { openStore } from '../../../src/archives/store.js';
import { readDatabase, rpmDatabases } from '../../../src/distributions/rpm/database.js';
import { keysInDatabase, verificationOf, withKeys, withTrustedKeys } from '../../../src/distributions/rpm/keys.js';
import { planBootstrap } from '../../../src/distributions/rpm/plan.js';
import { resolveRpm } from '../../../src/distributions/rpm/resolve.js';
import { signedByOneOf } from '../../../src/distributions/rpm/rpmkeys.js';
import type { RpmLock, RpmRepository } from '../../../src/distributions/rpm/schema.js';
import { servicesFor } from '../../../src/distributions/services.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import { gatherReadable } from '../../../src/machines/gather.js';
import { localMachine } from '../../../src/machines/local.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { type ArchiveKey, archiveKey } from '../../support/archive-key.js';
import { needs, shared } from '../../support/needs.js';
import { type BuiltRpms, buildRpms, rpmIn } from '../../support/rpm.js';
import { systemSources } from '../../support/rpm-system.js';
import { must } from '../../support/run.js';
import { serveFolder } from '../../support/serve-folder.js';

const base = { distribution: 'rpm', release: 'example 40', architecture: 'x86_64', layout: 'merged-usr' } as const;
const folder = mkdtempSync(join(tmpdir(), 'reproman-rpm-keys-'));
const contents = folderContents(join(folder, 'contents'));
const keyFile = join(folder, 'key.asc');
let own: ArchiveKey;
let other: ArchiveKey;
let built: BuiltRpms;
let server: Awaited<ReturnType<typeof serveFolder>>;

const prepare = shared(async () => {
  [own, other] = [archiveKey(), archiveKey()];
  writeFileSync(keyFile, own.armored);
  writeFileSync(join(folder, 'other.asc'), other.armored);
  built = await buildRpms([
    ...systemSources(),
    { name: 'tool', version: '1.1-1', files: { '/usr/share/tool': 'new\n' } },
  ]);
  for (const file of built.paths) own.signRpm(file);
  await indexed('signed', own);
  const changed = await indexed('changed', own);
  writeFileSync(join(changed, 'repodata/repomd.xml'), '<!-- -->\n', { flag: 'a' });
  await indexed('unsigned', own, (files) => void files.map((file) => execFileSync('rpmsign', ['--delsign', file])));
  server = await serveFolder(folder);
});

/** A repository whose index is signed after what is done to its packages. */
async function indexed(name: string, key: ArchiveKey, change = (_files: string[]) => {}): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  for (const file of built.paths) cpSync(file, join(place, basename(file)));
  change(built.paths.map((file) => join(place, basename(file))));
  await must(['createrepo_c', '--quiet', place]);
  const index = join(place, 'repodata/repomd.xml');
  writeFileSync(`${index}.asc`, key.detached(readFileSync(index)));
  return place;
}

beforeEach(async (context) => {
  await needs({ programs: ['rpm', 'rpmbuild', 'rpmsign', 'rpmkeys', 'gpg', 'gpgv', 'dnf', 'createrepo_c', 'busybox'] })(
    context,
  );
  await prepare();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  // Packages are built and signed first.
}, 60_000);
afterEach(() => void vi.unstubAllEnvs());
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await built?.[Symbol.asyncDispose]();
  for (const key of [own, other]) key?.[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** The lock of a system with the tool, from a repository that a lock before it has; and what was told. */
async function resolve(repository: Partial<RpmRepository>, packages = ['tool']) {
  await using host = await localMachine();
  const told: string[] = [];
  const previous = { repositories: [{ id: 'example', urls: [], ...repository }], packages: [] } as unknown as RpmLock;
  const { lock } = await resolveRpm(
    { name: 'rpm', packages },
    {
      ...{ base, host, contents, previous },
      libc: 'glibc',
      progress: (event) => void (event.kind === 'note' && told.push(event.message)),
    },
  );
  return { lock, told };
}

const at = (name: string) => ({ urls: [`${server.url}/${name}`] });
const keys = (file: string) => ({ keys: [{ address: pathToFileURL(file).href }] });

describe('packages of a repository', () => {
  it('are verified by the key that its definition names, as is its index where that is to be signed', async () => {
    const definition = { ...at('signed'), ...keys(keyFile), gpgCheck: true, repoGpgCheck: true };
    const { lock, told } = await resolve(definition);
    expect(told).toEqual([]);
    const content = (await contents.add(own.armored)).hash;
    expect(lock.repositories).toEqual([{ id: 'example', ...definition, keys: [{ ...definition.keys[0], content }] }]);
    // The spec has the key from then on: where it was read need not be there.
    const carried = { ...definition, keys: [{ address: 'file:///nowhere/key', content }] };
    expect((await resolve(carried)).lock.packages).toEqual(lock.packages);
  }, 60_000);

  it.each<[string, string, Partial<RpmRepository> & { readonly file?: string }, RegExp]>([
    ['they are signed by nobody', 'unsigned', {}, /is not signed/],
    ['somebody else signed them', 'signed', { file: 'other.asc' }, /wrong key|not installed/],
    ['somebody else signed the index', 'signed', { file: 'other.asc', repoGpgCheck: true }, /Bad GPG signature/],
    ['the index was changed', 'changed', { repoGpgCheck: true }, /Bad GPG signature/],
  ])('are refused where %s', async (_what, place, { file = 'key.asc', ...more }, message) => {
    const refused = resolve({ ...at(place), ...keys(join(folder, file)), gpgCheck: true, ...more });
    await expect(refused).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: expect.stringMatching(/^dnf refuses what these repositories give/),
      remedy: expect.stringContaining('REPROMAN_RPM_KEYS'),
    });
    await expect(refused).rejects.toThrow(message);
  });

  it('are refused where the key that is to verify them is not here, and the remedy names it', async () => {
    await expect(resolve({ ...at('signed'), ...keys('/nowhere/KEY'), gpgCheck: true })).rejects.toMatchObject({
      kind: 'not-ready',
      message:
        'There is no key to verify the signatures of example with: its definition names file:///nowhere/KEY, which is not here.',
      remedy: expect.stringMatching(/in REPROMAN_RPM_KEYS; or take .* REPROMAN_UNSIGNED_REPOSITORIES=http/),
    });
  });

  it('are verified by keys that the settings name, and the lock has them', async () => {
    vi.stubEnv('REPROMAN_RPM_KEYS', keyFile);
    const { lock, told } = await resolve(at('signed'));
    const content = (await contents.add(own.armored)).hash;
    expect(told).toEqual([]);
    expect(lock.repositories).toMatchObject([{ keys: [{ address: 'file:///etc/pki/rpm-gpg/key.asc', content }] }]);
    await expect(resolve(at('unsigned'))).rejects.toThrow('is not signed');
  });

  it.each<[string, Partial<RpmRepository> & { readonly isNamed?: boolean }, RegExp]>([
    ['no key is known', {}, /no key of it is known; name some in REPROMAN_RPM_KEYS$/],
    ['their repository says so', { gpgCheck: false }, /its definition says gpgcheck=0$/],
    ['the settings say so', { gpgCheck: true, isNamed: true }, /the settings take them so$/],
  ])('are taken without a signature where %s, which is told', async (_why, { isNamed = false, ...more }, reason) => {
    if (isNamed) vi.stubEnv('REPROMAN_UNSIGNED_REPOSITORIES', `${server.url}/unsigned`);
    const { told } = await resolve({ ...at('unsigned'), ...more });
    expect(told).toEqual([
      expect.stringMatching(/^Packages of example are what its index says, whoever signed them: /),
    ]);
    expect(told[0]).toMatch(reason);
  });

  it('need no signature of the index unless it is asked for, as with dnf', async () => {
    const environment = {};
    const known = { id: 'x', urls: ['http://x.example'], ...keys(keyFile) };
    expect(await verificationOf(known, { environment })).toMatchObject({ packages: true, index: false });
    expect(await verificationOf({ ...known, repoGpgCheck: true }, { environment })).toMatchObject({ index: true });
  });
});

describe('the keys of a lock', () => {
  const id = { id: 'x', urls: ['http://x.example'] };

  it('are read where its repositories say only if they are public keys that may be carried', async () => {
    await using machine = await localMachine();
    const secret = join(folder, 'secret.gpg');
    writeFileSync(secret, own.secret);
    const named = [keyFile, secret, '/nowhere/KEY'].map((file) => ({ address: pathToFileURL(file).href }));
    const addresses = [...named, { address: 'file:///%2F' }, { address: 'file:///%zz' }];
    const content = (await contents.add(own.armored)).hash;
    const repository = { ...id, keys: addresses };
    const { keys: kept } = await withKeys(repository, { machine, contents });
    expect(kept).toEqual([{ ...addresses[0], content }, ...addresses.slice(1)]);
    expect((await withKeys(repository, { machine, contents, mayCarry: () => false })).keys).toEqual(addresses);
  });

  it('are those that rpm trusts where a repository has none at hand', async () => {
    const root = mkdtempSync(join(folder, 'root-'));
    const [first = ''] = built.paths;
    await must([...rpmIn(root), '--install', '--nodeps', '--noscripts', first]);
    await must([...rpmIn(root), '--import', keyFile]);
    await using machine = await directoryMachine(root);
    const database = await readDatabase(await gatherReadable(machine, rpmDatabases));
    const trusted = keysInDatabase(database ?? { keys: [] });
    expect(trusted.map(({ path }) => path)).toEqual([expect.stringMatching(/^RPM-GPG-KEY-[0-9a-f]{8}-[0-9a-f]{8}$/)]);
    expect(trusted.map((each) => packetsOf(each.content))).toEqual([own.binary]);
    const context = { machine, contents };
    const elsewhere = { ...id, keys: [{ address: 'https://x.example/KEY' }] };
    const { hash } = await contents.add(trusted[0]?.content ?? Buffer.alloc(0));
    const kept = { address: `file:///etc/pki/rpm-gpg/${trusted[0]?.path}`, content: hash };
    expect((await withTrustedKeys(elsewhere, trusted, context)).keys).toEqual([...elsewhere.keys, kept]);
    const unsigned = { ...elsewhere, gpgCheck: false };
    expect(await withTrustedKeys(unsigned, trusted, context)).toEqual(unsigned);
  });

  it('are not here where their address is none of a file', async () => {
    const definition = { ...id, keys: [{ address: 'file:///%2F' }], gpgCheck: true };
    await expect(verificationOf(definition, { environment: {} })).rejects.toMatchObject({
      message: expect.stringContaining('names file:///%2F, which is not here'),
    });
  });

  it('are of a folder that the settings name what is a public key in it', async () => {
    const place = join(folder, 'named');
    mkdirSync(place);
    writeFileSync(join(place, 'README'), 'no key\n');
    writeFileSync(join(place, 'secret.gpg'), own.secret);
    writeFileSync(join(place, 'public.asc'), `A key, password: hunter2\n\n${own.armored}`);
    const { named } = await verificationOf(id, { environment: { REPROMAN_RPM_KEYS: place } });
    expect(named).toEqual([{ path: join(place, 'public.asc'), content: own.armored }]);
    const environment = { REPROMAN_RPM_KEYS: join(place, 'secret.gpg') };
    await expect(verificationOf(id, { environment })).rejects.toMatchObject({
      kind: 'usage',
      message: 'what REPROMAN_RPM_KEYS names has no public key in it',
    });
  });
});

describe('the nearest version of a package', () => {
  /** From a repository, where the wanted one is gone. */
  async function nearest(name: string, more: Partial<RpmRepository> = {}) {
    const { hash } = await contents.add(own.armored);
    const repository = { id: 'example', ...at(name), keys: [{ address: 'file:///key', content: hash }], ...more };
    const tool = { name: 'tool', version: '1.0-1', architecture: 'noarch', used: true, certainty: 'indexed' } as const;
    const locked = { ...tool, repository: 'example', location: 'tool-1.0-1.noarch.rpm', sha256: '0'.repeat(64) };
    const lock = { packages: [locked], repositories: [repository], database: {} } as unknown as RpmLock;
    const [planned] = planBootstrap(lock, { base, epoch: 0 } as unknown as Parameters<
      typeof planBootstrap
    >[1]).packages;
    await using host = await localMachine();
    const store = await openStore(mkdtempSync(join(folder, 'store-')));
    const found = await fetchArtifacts(planned ? [planned] : [], {
      ...{ store, contents, host, services: servicesFor, require: 'any' },
    });
    return [...found.values()][0];
  }

  it('is one that a key of the spec signed, from a list that the signed index names', async () => {
    expect(await nearest('signed', { repoGpgCheck: true })).toMatchObject({
      version: '1.1-1',
      evidence: expect.stringMatching(/lists \(signed\)$/),
    });
  });

  it.each([
    ['the package is signed by nobody', 'unsigned', {}, 'it is not signed by a key of its repository'],
    ['the index was changed', 'changed', { repoGpgCheck: true }, 'its signature is wrong'],
    ['there is no key of the index', 'signed', { keys: [], repoGpgCheck: true }, 'name its file in REPROMAN_RPM_KEYS'],
    [
      'its key is named and not here',
      'signed',
      { keys: [{ address: 'https://x.example/KEY' }] },
      'name its file in REPROMAN_RPM_KEYS',
    ],
    ['no key is named of what is to be signed', 'unsigned', { keys: undefined, gpgCheck: true }, 'REPROMAN_RPM_KEYS'],
  ])('is refused where %s', async (_what, name, more, message) => {
    await expect(nearest(name, more)).rejects.toThrow(message);
  });

  it('is one that a key of a keyring signed which is not in armor', async () => {
    const { hash } = await contents.add(Buffer.concat([other.binary, own.binary]));
    const keyring = { keys: [{ address: 'file:///keyring.gpg', content: hash }] };
    expect(await nearest('signed', keyring)).toMatchObject({ version: '1.1-1' });
  });

  it('may be signed by a key that the settings name, as may the index', async () => {
    vi.stubEnv('REPROMAN_RPM_KEYS', keyFile);
    const more = { keys: [{ address: 'https://x.example/KEY' }], gpgCheck: true, repoGpgCheck: true };
    expect((await nearest('signed', more))?.evidence).toMatch(/lists \(signed\)$/);
    await expect(nearest('unsigned', more)).rejects.toThrow('it is not signed by a key of its repository');
  });

  it('is signed by the word of an rpm, too, that does not know how to ask for signatures', async () => {
    await using host = await localMachine();
    const { shell } = host;
    if (!shell) throw new Error('no shell');
    // Before 4.14.2 there was no such setting, and a package with digests alone was as good.
    const run: typeof shell.run = (argv, options) =>
      shell.run(
        argv.map((word) => word.replace('_pkgverify_level', '_of_later')),
        options,
      );
    const before = new Proxy(host, {
      get: (target, name) => (name === 'shell' ? { run } : Reflect.get(target, name, target)),
    });
    const read = async (name: string) => {
      const file = join(folder, name, basename(built.files['tool'] ?? ''));
      for await (const _chunk of signedByOneOf(createReadStream(file), [own.armored], before));
    };
    await read('signed');
    await expect(read('unsigned')).rejects.toThrow('it is not signed by a key of its repository');
  });

  it('is taken without where its repository has none, which its evidence says', async () => {
    const found = await nearest('unsigned', { gpgCheck: false });
    expect(found?.evidence).toMatch(/lists \(unsigned, as on the origin\)$/);
  });
});
