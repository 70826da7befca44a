import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fetchArtifacts } from '../../src/archives/fetch.js';
import { openHttpClient } from '../../src/archives/http.js';
import { openStore } from '../../src/archives/store.js';
import { servicesFor } from '../../src/distributions/services.js';
import { sha256 } from '../../src/hash.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { PlannedPackage } from '../../src/model/plan.js';
import { folderContents } from '../../src/spec/folder/contents.js';
import { apkKey, writeApkRepository } from '../support/apk-repository.js';
import { asking } from '../support/asking.js';
import { needs } from '../support/needs.js';
import { serveFolder } from '../support/serve-folder.js';
import { snapshotService } from '../support/snapshot-service.js';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];

let folder: string;
let server: Awaited<ReturnType<typeof serveFolder>>;
beforeEach(async (context) => {
  await needs({ programs: ['zstd', '/usr/bin/python3'] })(context);
  folder = mkdtempSync(join(tmpdir(), 'reproman-nearest-'));
  server = await serveFolder(folder);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function write(path: string, content: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function planned(distribution: string, artifact: Partial<PlannedPackage['artifact']>): PlannedPackage {
  const about = { name: 'tool', version: '1.0-2', architecture: 'x86_64', used: true };
  return { distribution, ...about, artifact: { name: 'tool', urls: [], ...artifact } };
}

/** What the nearest versions of a package are said to be, and what is said of places that cannot be asked. */
async function nearest(package_: PlannedPackage, environment: Readonly<Record<string, string>> = {}) {
  const silence: string[] = [];
  using client = openHttpClient();
  const context = await asking({ client, silent: (_planned, reason) => void silence.push(reason) });
  const inquiries = await servicesFor([package_], context.host, environment);
  const service = inquiries.find((each) => each.service.rung === 'nearest')?.service;
  const places = (await service?.locate([package_], context))?.get(package_) ?? [];
  return {
    silence,
    places: places.map(({ url, version, digest }) => [url.slice(server.url.length), version, digest?.value]),
  };
}

it('finds those of an rpm package in the repository that it came from, for its architecture', async () => {
  const entry = (version: string, arch: string, sha256: string) => {
    const [ver, rel] = version.split('-');
    return `<package type="rpm"><name>tool</name><arch>${arch}</arch><version epoch="0" ver="${ver}" rel="${rel}"/>
      <checksum type="sha256" pkgid="YES">${sha256}</checksum><location href="Packages/tool-${version}.${arch}.rpm"/></package>`;
  };
  const all = [entry('2.0-1', 'x86_64', one), entry('1.0-3', 'x86_64', two), entry('1.0-3', 'i686', three)];
  const list = `<metadata>${all.join('')}</metadata>`;
  write('os/repodata/primary.xml', list);
  const known = `<checksum type="sha256">${sha256(list)}</checksum><location href="repodata/primary.xml"/>`;
  const other = '<data type="other"><location href="x"/></data>';
  write('os/repodata/repomd.xml', `${other}<data type="primary">${known}</data>`);
  const path = 'Packages/tool-1.0-2.x86_64.rpm';
  const { places } = await nearest(planned('rpm', { urls: [`${server.url}/os/${path}`], origins: [{ path }] }));
  expect(places).toEqual([
    ['/os/Packages/tool-1.0-3.x86_64.rpm', '1.0-3', two],
    ['/os/Packages/tool-2.0-1.x86_64.rpm', '2.0-1', one],
  ]);
  write('os/repodata/primary.xml', list.replaceAll('2.0', '9.0'));
  const { silence } = await nearest(planned('rpm', { urls: [`${server.url}/os/${path}`], origins: [{ path }] }));
  expect(silence).toEqual([expect.stringContaining('its list of packages is not the one that its index names')]);
});

it.each([['repodata.json'], ['repodata.json.zst']])(
  'finds those of a package of conda in its channel, packed alike and for the same Python (%s)',
  async (name) => {
    const build = (version: string, python: string, number: number, sha256: string, ending = 'conda') => ({
      [`tool-${version}-${python}h0_${number}.${ending}`]: {
        ...{ name: 'tool', version, build: `${python}h0_${number}`, build_number: number, sha256, depends: ['python'] },
      },
    });
    const packages = {
      ...build('1.1', 'py311', 0, one),
      ...build('1.1', 'py311', 1, two),
      ...build('1.0.1', 'py312', 0, three),
      'tool-1.0.1-py311h0_0.conda': { name: 'tool', license: 'a } in a text' },
    };
    const plain = JSON.stringify({
      info: { subdir: 'linux-64' },
      packages: build('1.1', 'py311', 5, three, 'tar.bz2'),
      'packages.conda': packages,
    });
    write('forge/linux-64/repodata.json', plain);
    if (name.endsWith('.zst')) execFileSync('zstd', ['-q', '--rm', join(folder, 'forge/linux-64/repodata.json')]);
    expect(existsSync(join(folder, 'forge/linux-64', name))).toBe(true);
    const file = 'tool-1.0-py311h0_0.conda';
    const { places } = await nearest(planned('conda', { name: file, urls: [`${server.url}/forge/linux-64/${file}`] }));
    expect(places).toEqual([['/forge/linux-64/tool-1.1-py311h0_1.conda', '1.1', two]]);
  },
);

it('takes an apk package of the nearest version for what the index says that it is, and no other', async () => {
  const key = apkKey();
  const tool = { name: 'tool', version: '1.1-r0', files: { '/usr/bin/tool': 'new\n' } };
  writeApkRepository(join(folder, 'main'), [tool], key);
  const contents = folderContents(join(folder, 'contents'));
  const signature = { keys: [(await contents.add(Buffer.from(key.publicKey))).hash] };
  const gone = planned('apk', { origins: [{ uri: `${server.url}/main`, signature }] });
  const context = {
    ...{ store: await openStore(join(folder, 'store')), contents },
    ...{ host: await directoryMachine(folder), services: servicesFor },
  };
  const fetch = (wanted = gone) => fetchArtifacts([wanted], { ...context, require: 'any' });
  const unknown = planned('apk', { origins: [{ uri: `${server.url}/main` }] });
  await expect(fetch(unknown)).rejects.toThrow(
    /is signed by tester-4a6a0840\.rsa\.pub, a key that nothing here trusts/,
  );
  expect((await fetch()).get(gone)).toMatchObject({ rung: 'nearest', sameness: 'other-version', version: '1.1-r0' });
  await expect(fetchArtifacts([gone], { ...context, require: 'exact' })).rejects.toMatchObject({
    kind: 'not-rebuildable',
  });
  writeApkRepository(join(folder, 'other'), [
    { name: 'tool', version: '1.1-r0', files: { '/usr/bin/tool': 'changed\n' } },
  ]);
  execFileSync('cp', [join(folder, 'other/x86_64/tool-1.1-r0.apk'), join(folder, 'main/x86_64/')]);
  await expect(fetch()).rejects.toThrow(/nothing in it has the checksum/);
});

it('finds what is of the very source of a Debian package first, which its archive only built another time', async () => {
  const all = ['1.0-2+b1', '1.0-2', '1.0-3', '1.1-1'].map((version) => ({
    ...{ archive: 'debian', name: 'tool', version, architecture: 'amd64', content: Buffer.from(version) },
    from: '20240101T000000Z',
  }));
  await using service = await snapshotService(all, 'stable');
  const lost = { ...planned('debian', {}), version: '1.0-2+b2', architecture: 'amd64' };
  const { places } = await nearest(lost, { REPROMAN_DEBIAN_SNAPSHOTS: service.base });
  expect(places.map(([, version]) => version)).toEqual(['1.0-2+b1', '1.0-2', '1.0-3']);
});

it('says which repository cannot be asked', async () => {
  const { places, silence } = await nearest(planned('apk', { origins: [{ uri: `${server.url}/nowhere` }] }));
  expect([places, silence]).toEqual([[], [expect.stringContaining('/nowhere: it cannot be asked')]]);
});
