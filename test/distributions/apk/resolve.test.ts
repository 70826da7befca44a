import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { choosePackages } from '../../../src/distributions/apk/choose.js';
import { parsePackages } from '../../../src/distributions/apk/database.js';
import { apkRequests, exactApk, requestOf } from '../../../src/distributions/apk/requests.js';
import { resolveApk } from '../../../src/distributions/apk/resolve.js';
import {
  type ApkLock,
  type ApkManifest,
  apkLockSchema,
  apkManifestSchema,
} from '../../../src/distributions/apk/schema.js';
import { localMachine } from '../../../src/machines/local.js';
import type { ResolveContext } from '../../../src/packaging/distribution.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { apkSystem } from '../../support/apk.js';
import { apkKey, writeApkRepository } from '../../support/apk-repository.js';
import { needs, shared } from '../../support/needs.js';
import { serveFolder } from '../../support/serve-folder.js';

describe('a request for an apk package', () => {
  it.each(['bash', 'bash=5.2.26-r0', 'bash==5.2.26-r0', 'bash>=5', 'bash~5.2', 'so.thing<2'])('may be %s', (text) => {
    expect(apkRequests.parse(text)?.text).toBe(text);
  });
  it.each(['bash >= 5', '!bash', 'bash@edge', '--root', 'bash>='])('is not %s', (text) => {
    expect(apkRequests.parse(text)).toBeUndefined();
  });
});

describe('packages that are chosen from an index', () => {
  const index = parsePackages(
    [
      'P:tool\nV:1.0-r0\nD:so:lib.so.1',
      'P:tool\nV:1.2-r0\nD:so:lib.so.1',
      'P:tool\nV:2.0-r0\nD:nothing-has-this',
      'P:small-lib\nV:1-r0\np:so:lib.so.1=1\nk:5',
      'P:good-lib\nV:1-r0\np:so:lib.so.1=1\nk:10',
      'P:tool-extra\nV:1-r0\ni:tool>=1.1 good-lib',
      'P:enemy\nV:1-r0\nD:!tool',
    ].join('\n\n'),
  );
  const choose = (...texts: string[]) =>
    choosePackages(
      texts.flatMap((text) => requestOf(text) ?? []),
      index,
    )
      .packages.map(({ name, version }) => `${name} ${version}`)
      .sort();

  it('are the newest that are wanted, who is preferred of several that provide, and what comes with them', () => {
    expect(choose('tool<2')).toEqual(['good-lib 1-r0', 'tool 1.2-r0', 'tool-extra 1-r0']);
    expect(choose('tool=1.0-r0')).toEqual(['good-lib 1-r0', 'tool 1.0-r0']);
    expect(choose('tool~1', 'small-lib')).toEqual(['small-lib 1-r0', 'tool 1.2-r0']);
  });

  it.each([
    ['user', 'dep 1-r0'],
    ['dep', 'dep 2-r0'],
    ['picky', 'dep 2-r0'],
  ])('stay at the version that they had, unless they are asked for or that cannot be: %s', (request, expected) => {
    const available = parsePackages(
      ['P:dep\nV:1-r0', 'P:dep\nV:2-r0', 'P:user\nV:1-r0\nD:dep', 'P:picky\nV:1-r0\nD:dep>=2'].join('\n\n'),
    );
    const asked = [requestOf(request)].flatMap((each) => each ?? []);
    const { packages } = choosePackages(asked, available, [{ name: 'dep', version: '1-r0' }]);
    expect(packages.map(({ name, version }) => `${name} ${version}`)).toContain(expected);
  });

  it.each([
    [['tool'], 'tool: It depends on nothing-has-this, which no repository has.'],
    [['tool>=3'], 'No repository has tool>=3.'],
    [['tool<2', 'enemy'], 'enemy cannot be there beside tool 1.2-r0.'],
  ])('%j are refused: %s', (texts, message) => {
    expect(() => choose(...texts)).toThrow(message);
  });
});

describe('apk packages of a repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reproman-apk-resolve-'));
  const repository = join(folder, 'repository');
  const key = apkKey();
  let server: Awaited<ReturnType<typeof serveFolder>>;
  const prepare = shared(async () => {
    writeApkRepository(repository, apkSystem(), key);
    writeFileSync(join(folder, key.name), key.publicKey);
    server = await serveFolder(repository);
  });
  beforeEach(async (context) => {
    await needs({ programs: ['busybox'] })(context);
    await prepare();
    vi.stubEnv('REPROMAN_APK_KEYS', join(folder, key.name));
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function resolve(packages: readonly string[], more: Partial<ResolveContext<ApkLock>> = {}) {
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
    const told: string[] = [];
    await using host = await localMachine();
    const manifest: ApkManifest = apkManifestSchema.parse({ name: 'apk', packages });
    const base = { distribution: 'apk', release: 'example 3', architecture: 'x86_64', layout: 'split-usr' } as const;
    const resolved = await resolveApk(manifest, {
      ...{ base, host, contents: folderContents(join(folder, 'contents')), ...more },
      libc: 'musl',
      progress: (event) => void (event.kind === 'note' && told.push(event.message)),
    });
    return { ...resolved, told };
  }

  it('are a system with the links of its programs, its accounts, and what apk would write down', async () => {
    vi.stubEnv('REPROMAN_APK_REPOSITORIES', server.url);
    const { lock, epoch, told } = await resolve(['greeter>=1.0_rc1']);
    expect(apkLockSchema.parse(lock)).toEqual(lock);
    expect(lock.packages.map(({ name, used, needs: own }) => [name, used, own])).toEqual([
      ['alpine-baselayout', false, ['alpine-baselayout-data', 'busybox-binsh']],
      ['alpine-baselayout-data', false, undefined],
      ['alpine-release', false, undefined],
      ['busybox', false, undefined],
      ['busybox-binsh', false, ['busybox']],
      ['greeter', true, ['busybox-binsh', 'libgreet']],
      ['libgreet', false, undefined],
    ]);
    expect(lock.links).toContainEqual({ path: '/usr/bin/cut', target: '/bin/busybox' });
    expect(lock.links.map(({ path }) => path)).not.toContain('/bin/sh');
    expect(lock.accounts.users.map(({ name }) => name)).toEqual(['root', 'nobody']);
    const installed = lock.database.find(({ path }) => path.endsWith('/installed'))?.content ?? '';
    expect(readFileSync(join(folder, 'contents', installed), 'utf8')).toMatch(
      /P:libgreet\nV:1\.2-r0\n[\s\S]*\nF:usr\/lib\nR:libgreet\.so\.1\nZ:Q1[\w+/]{27}=\n/,
    );
    expect(lock.keys?.map(({ path }) => path)).toEqual([`/etc/apk/keys/${key.name}`]);
    expect([told, epoch]).toEqual([[], 1_700_000_000]);
    expect(exactApk(lock).packages).toEqual(['greeter=1.0_rc2-r1']);
    // The spec has what it is to be believed by.
    for (const name of ['REPROMAN_APK_REPOSITORIES', 'REPROMAN_APK_KEYS']) vi.stubEnv(name, '');
    const again = await resolve(['greeter'], { previous: lock });
    expect(again.lock).toMatchObject({ packages: lock.packages, keys: lock.keys });
    // Those of another release have none of the new one's.
    await expect(resolve(['greeter'], { previous: lock, isMoved: true })).rejects.toThrow('no repository of example 3');
  });

  it('are refused where a file is not what the index says', async () => {
    vi.stubEnv('REPROMAN_APK_REPOSITORIES', server.url);
    appendFileSync(join(repository, 'x86_64/spare-1-r0.apk'), 'more');
    await expect(resolve(['spare'])).rejects.toThrow('its files are not those that it describes');
    vi.stubEnv('REPROMAN_APK_REPOSITORIES', '');
    await expect(resolve(['spare'])).rejects.toThrow('no repository of example 3 is known');
  });

  it('are refused where nobody who is trusted signed their index, unless the settings take it so, which is told', async () => {
    vi.stubEnv('REPROMAN_APK_REPOSITORIES', server.url);
    vi.stubEnv('REPROMAN_APK_KEYS', '');
    await expect(resolve(['libgreet'])).rejects.toMatchObject({
      kind: 'not-ready',
      where: server.url,
      message: `The index is signed by ${key.name}, a key that nothing here trusts.`,
      remedy: expect.stringMatching(/\/etc\/apk\/keys, or name its file in REPROMAN_APK_KEYS.*REPROMAN_UNSIGNED_REP/),
    });
    vi.stubEnv('REPROMAN_UNSIGNED_REPOSITORIES', `http://127.0.0.1:9 ${server.url}/`);
    const { lock, told } = await resolve(['libgreet']);
    expect(lock.packages.map(({ name }) => name)).toContain('libgreet');
    expect([lock.keys, told]).toEqual([
      undefined,
      [`What ${server.url} says of its packages is not verified, as the settings allow.`],
    ]);
  });
});
