import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPrivateApt } from '../../../src/distributions/debian/private-apt.js';
import { resolveDebian } from '../../../src/distributions/debian/resolve.js';
import { parseRequest, settleRequest } from '../../../src/distributions/debian/resolve-requests.js';
import { debianManifestSchema } from '../../../src/distributions/debian/schema.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { needs } from '../../support/needs.js';
import { snapshotService } from '../../support/snapshot-service.js';

const libc = 'glibc' as const;
const base = {
  distribution: 'debian',
  release: '12',
  codename: 'bookworm',
  architecture: 'amd64',
  layout: 'merged-usr',
} as const;

let local: Machine;
beforeAll(async () => {
  local = await localMachine();
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => local[Symbol.asyncDispose]());
beforeEach(needs({ programs: ['apt-get'] }));

/** This machine, with other sources. */
function hostWith(sources: string): Machine {
  const gather = async () => new Map([[pathFromText('/etc/apt/sources.list'), Buffer.from(sources)]]);
  const files = new Proxy(local.files, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key);
      return key === 'gather' ? gather : typeof own === 'function' ? own.bind(target) : own;
    },
  });
  return new Proxy(local, { get: (target, key) => (key === 'files' ? files : Reflect.get(target, key)) });
}

describe('packages of an archive at a time', () => {
  const [january, february, march] = ['20240101T000000Z', '20240201T000000Z', '20240301T000000Z'] as const;
  const tool = (version: string, from: string, until?: string) => ({
    ...{ archive: 'debian', name: 'tool', version, architecture: 'amd64', content: Buffer.from(version), from },
    ...(until ? { until } : {}),
  });

  it('are those that a snapshot service has of it', async () => {
    await using service = await snapshotService(
      [tool('1.0', january, february), tool('1.1', february, march), tool('2.0', march)],
      'bookworm',
    );
    vi.stubEnv('REPROMAN_DEBIAN_SNAPSHOTS', service.base);
    const host = hostWith('deb [trusted=yes] http://127.0.0.1:9/debian bookworm main\n');
    const manifest = debianManifestSchema.parse({ name: 'debian', packages: ['tool'] });
    const at = (date: string) =>
      resolveDebian(manifest, { base, libc, host, progress: silent, at: Date.parse(date) / 1000 });
    const { lock, epoch } = await at('2024-02-10');
    expect(lock.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['tool 1.1']);
    expect(lock.archives.map(({ uri }) => uri)).toEqual([`${service.base}/archive/debian/20240210T000000Z`]);
    expect(epoch).toBe(Date.parse('2024-02-10') / 1000);
    expect((await at('2024-03-10')).lock.packages[0]?.version).toBe('2.0');
    const keys = ['/etc/apt/trusted.gpg.d/lab.asc', '/usr/share/keyrings/gone.gpg'].map((path) => ({
      ...{ path, content: 'a'.repeat(64) },
    }));
    const dated = { base, libc, host, progress: silent, at: Date.parse('2024-02-10') / 1000 };
    const again = await resolveDebian(manifest, { ...dated, previous: { ...lock, keys } });
    // No archive that is left names the other one.
    expect(again.lock).toEqual({ ...lock, keys: keys.slice(0, 1) });
    vi.stubEnv('REPROMAN_DEBIAN_SNAPSHOTS', '');
    await expect(at('2024-02-10')).rejects.toThrow('no snapshot service is known');
  });
});

describe('the version that a request gets', () => {
  const versions = ['0.9', '1.0~rc1-1', '1.0-1', '1.0-1+b1', '1.0-1+deb12u1', '1.0-2', '1:0.5', '1:0.5-0.1'];
  const bounds = versions.flatMap((version) => ['<<', '<=', '=', '>=', '>>'].map((relation) => [relation, version]));
  const index = versions.map((Version) => ({
    stanza: { Package: 'tool', Version },
    archive: { id: 'bookworm/main', uri: 'http://archive.example', suite: 'bookworm' },
  }));

  it('is the newest that apt would install with a package that depends on it like that', async () => {
    const { shell } = local;
    if (!shell) throw new Error('this machine has no shell');
    const stanza = (name: string, version: string, depends?: string) => ({
      ...{ Package: name, Version: version, Architecture: 'amd64', Filename: `./${name}`, Size: '1' },
      ...{ SHA256: '0'.repeat(64), ...(depends ? { Depends: depends } : {}) },
    });
    const known = [
      ...versions.map((version) => stanza('tool', version)),
      ...bounds.map(([relation, version], at) => stanza(`wants-${at}`, '1', `tool (${relation} ${version})`)),
    ];
    await using apt = await openPrivateApt(shell, { sources: [], architecture: 'amd64', known });
    const newestFirst = versions.toReversed();
    for (const [at, [relation, version]] of bounds.entries()) {
      if (at % 4 !== 1) continue;
      const isTaken = (one: string) =>
        apt.simulate([`wants-${at}`, `tool=${one}`], []).then(
          () => true,
          () => false,
        );
      let expected: string | undefined;
      for (const one of newestFirst)
        if (await isTaken(one)) {
          expected = one;
          break;
        }
      const chosen = () => settleRequest(parseRequest(`tool${relation}${version}`), index, [], base).version;
      if (expected === undefined) expect(chosen).toThrow('No archive of bookworm has tool at');
      else expect([relation, version, chosen()]).toEqual([relation, version, expected]);
    }
  });
});
