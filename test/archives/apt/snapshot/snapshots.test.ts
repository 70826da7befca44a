import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snapshotServices } from '../../../../src/archives/apt/snapshot/services.js';
import { findAvailable } from '../../../../src/archives/availability.js';
import { type Fetched, fetchArtifacts } from '../../../../src/archives/fetch.js';
import type { Requirement } from '../../../../src/archives/sameness.js';
import type { ArchiveService } from '../../../../src/archives/service.js';
import { type ContentFolder, openStore } from '../../../../src/archives/store.js';
import { sha256 } from '../../../../src/hash.js';
import { directoryMachine } from '../../../../src/machines/directory.js';
import type { ArchiveSignature, PlannedPackage } from '../../../../src/model/plan.js';
import { folderContents } from '../../../../src/spec/folder/contents.js';
import { asking } from '../../../support/asking.js';
import {
  faults,
  type Published,
  pathOf,
  type SnapshotService,
  snapshotService,
} from '../../../support/snapshot-service.js';

const days = ['20240101T000000Z', '20240201T000000Z', '20240301T000000Z'] as const;
const common = { archive: 'debian', architecture: 'amd64' } as const;
const oldTool = {
  ...common,
  name: 'tool',
  version: '1:1.0+b1',
  content: bytes('old tool'),
  from: days[0],
  until: days[1],
};
const newTool = { ...common, name: 'tool', version: '1:1.1', content: bytes('new tool'), from: days[1] };
const library = {
  ...common,
  name: 'library',
  version: '2.0',
  content: bytes('library'),
  from: days[0],
  until: days[2],
};
const other = {
  ...{ archive: 'neurodebian', architecture: 'all', name: 'other', version: '3.0' },
  ...{ content: bytes('other'), from: days[2] },
};
const published: readonly Published[] = [oldTool, newTool, library, other];

let folder: string;
let store: ContentFolder;
let service: SnapshotService;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapshots-'));
  store = await openStore(join(folder, 'store'));
  service = await snapshotService(published, 'stable');
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function bytes(text: string): Buffer {
  return Buffer.from(`${text} `.repeat(5000));
}

/** As a lock knows it: by its hash, or by its name and version only. */
function planned(
  each: Published,
  known: 'hash' | 'name' = 'hash',
  signature: ArchiveSignature = { isUnsigned: true },
): PlannedPackage {
  const { name, version, architecture, content } = each;
  const hash = { digest: { algorithm: 'sha256' as const, value: sha256(content) }, size: content.length };
  const listed = { origin: 'Debian', label: 'Debian', suite: 'stable', component: 'main', signature };
  const artifact = {
    name: `${name}.deb`,
    urls: [],
    origins: [
      { ...listed, suite: 'gone' },
      known === 'hash' ? { ...listed, date: isoOf(each.from), path: pathOf(each) } : listed,
    ],
    ...(known === 'hash' ? hash : {}),
  };
  return { distribution: 'debian', name, version, architecture, used: true, artifact };
}

function isoOf(timestamp: string): string {
  return timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
}

async function context(variables: Readonly<Record<string, string>> = {}) {
  const all = snapshotServices({
    REPROMAN_DEBIAN_SNAPSHOTS: service.base,
    REPROMAN_UBUNTU_SNAPSHOTS: '',
    ...variables,
  });
  const services = async (packages: readonly PlannedPackage[]) => all.map((each) => ({ service: each, packages }));
  return { store, contents: folderContents(join(folder, 'contents')), host: await directoryMachine(folder), services };
}

async function fetchAll(packages: readonly PlannedPackage[], require?: Requirement): Promise<Map<string, Fetched>> {
  const found = await fetchArtifacts(packages, { ...(await context()), require });
  return new Map([...found].map(([{ name }, fetched]) => [name, fetched]));
}

describe('a snapshot service', () => {
  it('has versions of different times and archives, each exact by the hash of the lock', async () => {
    const found = await fetchAll([planned(oldTool), planned(library), planned(other)]);
    for (const each of [oldTool, library, other]) {
      expect(found.get(each.name)).toMatchObject({ rung: 'snapshot', sha256: sha256(each.content), sameness: 'exact' });
    }
    expect(found.get('other')?.evidence).toContain('first seen in neurodebian on 20240301T000000Z');
    expect(service.asked.filter((path) => path.includes('/dists/'))).toEqual([]);
  });

  it('is not asked again for what the store has', async () => {
    await fetchAll([planned(oldTool)]);
    const before = service.asked.length;
    expect((await fetchAll([planned(oldTool)])).get('tool')?.rung).toBe('store');
    expect(service.asked).toHaveLength(before);
  });

  it.each([
    ['throttles', faults.busy(429)],
    ['is overloaded', faults.busy(503)],
    ['cuts the connection', faults.cut()],
  ])('that %s is asked again', async (_what, fault) => {
    service.fail(/^\/file\//, fault, fault);
    service.fail(/^\/mr\//, fault);
    expect((await fetchAll([planned(oldTool)])).get('tool')?.sha256).toBe(sha256(oldTool.content));
  });

  it.each([
    ['wrong bytes', faults.wrongBytes(), 1, /has the SHA-256/],
    ['a page to sign in', faults.signIn(), 1, /has the SHA-256/],
    ['a circle of redirects', faults.circle(), 6, /without an end/],
  ])('that gives %s is not believed, and the dated path is tried', async (_what, fault, times, reason) => {
    service.fail(/^\/file\//, ...Array(times).fill(fault));
    const found = (await fetchAll([planned(oldTool)])).get('tool');
    expect(found).toMatchObject({ sha256: sha256(oldTool.content), sameness: 'exact' });
    expect(found?.from).toContain(`/archive/debian/${days[0]}/pool/`);
    expect(found?.tried.join('\n')).toMatch(reason);
  });

  it('serves by date where it has no machine interface', async () => {
    service.fail(/^\/mr\//, ...Array(9).fill(faults.signIn()));
    const found = (await fetchAll([planned(library)])).get('library');
    expect(found?.from).toContain(`/archive/debian/${days[0]}/pool/`);
    expect(found?.tried).toEqual([expect.stringMatching(/cannot be asked \(the answer is not JSON\)/)]);
  });

  it('keeps nothing of what cannot be verified, and says what was tried', async () => {
    service.fail(/^\/(?:file|archive)\//, ...Array(9).fill(faults.wrongBytes()));
    await expect(fetchAll([planned(oldTool)])).rejects.toMatchObject({ kind: 'not-rebuildable' });
    expect(await store.has(sha256(oldTool.content))).toBe(false);
  });
});

describe('the steps around services', () => {
  const unwell: ArchiveService = {
    ...{ rung: 'old-builds', title: 'an unwell service' },
    locate: async () => {
      throw new Error('out of order');
    },
  };

  it('are taken where a service fails altogether, and its failure is told', async () => {
    const { services } = await context();
    const both = async (packages: readonly PlannedPackage[]) => [
      { service: unwell, packages },
      ...(await services(packages)),
    ];
    const wanted = planned(oldTool);
    const found = await fetchArtifacts([wanted], { ...(await context()), services: both });
    expect(found.get(wanted)).toMatchObject({ rung: 'snapshot', tried: ['an unwell service: out of order'] });
  });

  it('end at the copy that was repacked, where no service has the package', async () => {
    const { contents, ...rest } = await context();
    const { hash } = await contents.add(Buffer.from('the same, packed anew'));
    const wanted = planned({ ...oldTool, version: '0' });
    const copied = { ...wanted, artifact: { ...wanted.artifact, origins: [], content: hash } };
    const found = await fetchArtifacts([copied], { ...rest, contents });
    expect(found.get(copied)).toMatchObject({
      rung: 'contents',
      tried: [expect.stringContaining('never had this version')],
    });
  });
});

describe('a package whose hash the lock does not have', () => {
  it('is refused where it must be exact, with what would take it', async () => {
    await expect(fetchAll([planned(oldTool, 'name')])).rejects.toMatchObject({
      message: expect.stringContaining('--require same-source'),
    });
    expect(service.asked.filter((path) => path.startsWith('/file/'))).toEqual([]);
  });

  it('is the one that the index of its time lists, though the Release file is expired and a suite missing', async () => {
    const found = await fetchAll([planned(oldTool, 'name'), planned(library, 'name')], 'same-source');
    for (const each of [oldTool, library]) {
      expect(found.get(each.name)).toMatchObject({
        sha256: sha256(each.content),
        sameness: 'same-source',
        verifiedBy: 'sha256',
      });
    }
    expect(found.get('tool')?.tried).toEqual([expect.stringMatching(/ gone: the suite is not there/)]);
  });

  it('costs one index where one time has them all', async () => {
    await fetchAll([planned(oldTool, 'name'), planned(library, 'name')], 'same-source');
    const indexes = service.asked.filter((path) => path.endsWith('Packages.gz'));
    expect(indexes).toEqual([expect.stringContaining('/archive/debian/20240131T235959Z/dists/stable/')]);
  });

  it('is not taken from an index that its Release file does not name', async () => {
    service.fail(/Packages\.gz$/, faults.wrongBytes());
    await expect(fetchAll([planned(oldTool, 'name')], 'same-source')).rejects.toMatchObject({
      message: expect.stringContaining('--require any'),
    });
    const found = await fetchAll([planned({ ...oldTool, name: 'tool' }, 'name')], 'any');
    expect(found.get('tool')).toMatchObject({ sha256: sha256(oldTool.content) });
  });
});

describe('availability', () => {
  it('is told without downloading: by which step, and how far it is known to be the same', async () => {
    const found = await findAvailable([planned(oldTool), planned({ ...library, version: '9' })], await context());
    expect(found.map(({ state, rung }) => [state, rung])).toEqual([
      ['vanishing', 'snapshot'],
      ['gone', undefined],
    ]);
    expect(found[0]?.evidence).toContain('the same size');
    expect(await store.has(sha256(oldTool.content))).toBe(false);
  });

  it('finds out by downloading that a file of the same size is another', async () => {
    service.fail(/^\/(?:file|archive)\//, ...Array(9).fill(faults.wrongBytes()));
    const found = await findAvailable([planned(oldTool)], { ...(await context()), download: true });
    expect(found).toMatchObject([
      { state: 'gone', tried: [expect.stringContaining('it is another file'), expect.anything()] },
    ]);
  });

  it('is unknown, not gone, where the service does not answer', async () => {
    const variables = { REPROMAN_DEBIAN_SNAPSHOTS: 'http://127.0.0.1:9' };
    const found = await findAvailable([planned(oldTool)], await context(variables));
    expect(found.map(({ state }) => state)).toEqual(['unknown']);
  });
});

describe('the settings of snapshot services', () => {
  it('name the public services where nothing is set, and any number of others', () => {
    expect(snapshotServices({})).toHaveLength(2);
    const set = { REPROMAN_DEBIAN_SNAPSHOTS: 'http://a.example http://b.example/', REPROMAN_UBUNTU_SNAPSHOTS: '' };
    expect(snapshotServices(set).map(({ title }) => title)).toEqual([
      'the snapshots at http://a.example',
      'the snapshots at http://b.example',
    ]);
  });

  it('are refused where they are no addresses', () => {
    expect(() => snapshotServices({ REPROMAN_DEBIAN_SNAPSHOTS: 'snapshot' })).toThrow('not an http or https address');
  });

  it("ask Ubuntu's layout for what its archive listed, at the date of that", async () => {
    const [ubuntu] = snapshotServices({ REPROMAN_DEBIAN_SNAPSHOTS: '', REPROMAN_UBUNTU_SNAPSHOTS: 'http://u.example' });
    const wanted = planned(library);
    const origins = [
      { origin: 'Ubuntu', suite: 'noble', date: '2024-05-01T10:00:00Z', path: 'pool/main/l/library.deb' },
    ];
    const ours = { ...wanted, artifact: { ...wanted.artifact, origins } };
    const located = await ubuntu?.locate([ours, wanted], await asking());
    expect(located?.get(ours)?.map(({ url }) => url)).toEqual([
      'http://u.example/ubuntu/20240501T100000Z/pool/main/l/library.deb',
    ]);
    expect(located?.get(wanted)).toEqual([]);
  });
});
