import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRepositories } from '../../../src/distributions/rpm/repositories.js';
import { dnfRequest, exactRpm, rpmRequests } from '../../../src/distributions/rpm/requests.js';
import { resolveRpm } from '../../../src/distributions/rpm/resolve.js';
import { type RpmManifest, rpmLockSchema, rpmManifestSchema } from '../../../src/distributions/rpm/schema.js';
import { localMachine } from '../../../src/machines/local.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { needs, shared } from '../../support/needs.js';
import { type BuiltRpms, buildRpms } from '../../support/rpm.js';
import { systemSources } from '../../support/rpm-system.js';
import { must } from '../../support/run.js';
import { serveFolder } from '../../support/serve-folder.js';

const base = { distribution: 'rpm', release: 'example 40', architecture: 'x86_64', layout: 'merged-usr' } as const;

describe('a request for an rpm package', () => {
  it.each([
    ['bash', 'bash', 'bash'],
    ['bash>=5', 'bash', 'bash >= 5'],
    ['bash==5.2-1', 'bash', 'bash = 5.2-1'],
    ['bash-2:5.2.15-5.fc40.x86_64', 'bash', 'bash-2:5.2.15-5.fc40.x86_64'],
    ['java-1.8.0-openjdk', 'java-1.8.0-openjdk', 'java-1.8.0-openjdk'],
  ])('%s is for %s', (text, name, forDnf) => {
    expect(rpmRequests.parse(text)).toEqual({ name, text });
    expect(dnfRequest(text)).toBe(forDnf);
  });

  it('is none with a space or a shell in it', () => {
    for (const text of ['bash >= 5', 'bash;id', '--nogpgcheck', 'bash>='])
      expect(rpmRequests.parse(text)).toBeUndefined();
  });
});

describe('the repositories of a machine', () => {
  it('are for another release those that are enabled, at the addresses of that release', () => {
    const text = '[a]\nbaseurl=http://a.example/$releasever/$basearch\n[b]\nenabled=0\nbaseurl=http://b.example\n';
    const files = new Map([['/etc/yum.repos.d/a.repo' as FilePath, Buffer.from(text)]]);
    const target = { architecture: 'x86_64', system: 'fedora', version: '41' };
    const found = readRepositories(files, target, { onlyEnabled: true });
    expect([...found.values()]).toEqual([{ id: 'a', urls: ['http://a.example/41/x86_64'] }]);
  });
});

describe('packages that dnf chooses from a repository', () => {
  let built: BuiltRpms;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  const cache = mkdtempSync(join(tmpdir(), 'reproman-dnf-cache-'));
  beforeEach(async (context) => {
    await needs({ programs: ['rpm', 'rpmbuild', 'dnf', 'createrepo_c', 'busybox'] })(context);
    await prepare();
  });
  const prepare = shared(async () => {
    const newer = { name: 'greeter-data', version: '4-1', files: { '/usr/share/greeter/name': 'four\n' } };
    const broken = { name: 'broken', version: '1-1', preamble: ['Requires: nowhere'] };
    built = await buildRpms([...systemSources(), newer, broken]);
    await must(['createrepo_c', '--quiet', built.folder]);
    server = await serveFolder(built.folder);
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await built?.[Symbol.asyncDispose]();
    rmSync(cache, { recursive: true });
  });

  async function resolve(manifest: Omit<RpmManifest, 'name'>) {
    await using host = await localMachine();
    vi.stubEnv('XDG_CACHE_HOME', cache);
    return resolveRpm(rpmManifestSchema.parse({ name: 'rpm', ...manifest }), {
      base,
      libc: 'glibc',
      host,
      progress: silent,
    });
  }

  it('are the closure that the spec of a system needs, with the hash and the place of each', async () => {
    vi.stubEnv('REPROMAN_RPM_REPOSITORIES', server.url);
    const { lock, epoch } = await resolve({ packages: ['greeter>=2:1.0~rc1'] });
    expect(rpmLockSchema.parse(lock)).toEqual(lock);
    expect(lock.packages.map(({ name, version, used, needs }) => [name, version, used, needs])).toEqual([
      ['busybox', '1:1.35.0-4', false, ['filesystem']],
      ['example-release', '40-1', false, ['filesystem']],
      ['filesystem', '3.18-8', false, ['setup']],
      ['greeter', '2:1.0~rc1-3', true, ['busybox', 'greeter-data']],
      // It asks for less than 3, and there is a newer one.
      ['greeter-data', '2-1', false, undefined],
      ['setup', '2.14-1', false, undefined],
    ]);
    expect(lock.repositories).toEqual([{ id: expect.stringMatching(/^[\w-]+$/), urls: [server.url] }]);
    expect(lock.packages.map(({ location, certainty }) => [location, certainty])).toContainEqual([
      'greeter-1.0~rc1-3.noarch.rpm',
      'verified',
    ]);
    expect(lock.accounts.users.map(({ name }) => name)).toEqual(['root', 'nobody']);
    expect(epoch).toBe(1_700_000_000);
    expect(exactRpm(lock).packages).toEqual(['greeter-2:1.0~rc1-3.noarch']);
    const again = await resolve({ ...exactRpm(lock), repositories: [server.url] });
    expect(again.lock).toEqual(lock);
  });

  it('are refused with what dnf says where there are none', async () => {
    await expect(resolve({ packages: ['greeter'] })).rejects.toThrow('no repository of example 40 is known');
    const repositories = [server.url];
    await expect(resolve({ packages: ['greeter>=3:1'], repositories })).rejects.toThrow(
      /No repository has greeter>=3:1/,
    );
    await expect(resolve({ packages: ['broken'], repositories })).rejects.toThrow(/nothing provides nowhere/);
    await expect(resolve({ packages: ['x'], repositories: ['http://127.0.0.1:9'] })).rejects.toThrow(/repomd/);
  });
});
