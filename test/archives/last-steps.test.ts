import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAvailable } from '../../src/archives/availability.js';
import type { Build } from '../../src/archives/build.js';
import { type Fetched, fetchArtifacts } from '../../src/archives/fetch.js';
import type { Requirement } from '../../src/archives/sameness.js';
import type { ArchiveService, Place } from '../../src/archives/service.js';
import { type ContentFolder, openStore } from '../../src/archives/store.js';
import { sha256 } from '../../src/hash.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { PlannedPackage } from '../../src/model/plan.js';
import { bootstrapOf } from '../../src/planning/fetched.js';
import { folderContents } from '../../src/spec/folder/contents.js';

const newer = Buffer.from('the next version');
const wanted: PlannedPackage = {
  ...{ distribution: 'debian', name: 'tool', version: '1.0', used: true },
  artifact: { name: 'tool.deb', digest: { algorithm: 'sha256', value: sha256('gone') }, urls: [] },
};

let folder: string;
let store: ContentFolder;
let server: Server;
let base: string;
let built: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'last-steps-'));
  store = await openStore(join(folder, 'store'));
  built = [];
  server = createServer((_request, response) => response.end(newer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function context(place: Partial<Place> = {}) {
  const nearest: ArchiveService = {
    ...{ rung: 'nearest', title: 'other versions' },
    async locate(packages) {
      const digest = { algorithm: 'sha256', value: sha256(newer) } as const;
      const one: Place = { url: `${base}/1.1`, digest, version: '1.1', evidence: 'the nearest', ...place };
      return new Map(packages.map((planned) => [planned, [one]]));
    },
  };
  const services = async (packages: readonly PlannedPackage[]) => [{ service: nearest, packages }];
  return { store, contents: folderContents(join(folder, 'contents')), host: await directoryMachine(folder), services };
}

/** A build that makes this of every package. */
function making(content: string): Build {
  return async (packages) => {
    const { hash } = await store.add(Buffer.from(content));
    built.push(...packages.map(({ name }) => name));
    return new Map(packages.map((planned) => [planned, { sha256: hash, evidence: 'from its source' }]));
  };
}

async function fetchOne(require: Requirement, build?: Build): Promise<Fetched | undefined> {
  const found = await fetchArtifacts([wanted], { ...(await context()), require, ...(build && { build }) });
  return found.get(wanted);
}

describe('a package that nobody has', () => {
  it('is neither built nor of another version where it must be exact', async () => {
    await expect(fetchOne('exact', making('anew'))).rejects.toMatchObject({ kind: 'not-rebuildable' });
    expect(built).toEqual([]);
  });

  it('is built from its source where that is enough, before another version is taken', async () => {
    const found = { rung: 'built', sameness: 'same-source', sha256: sha256('anew'), evidence: 'from its source' };
    expect(await fetchOne('same-source', making('anew'))).toMatchObject(found);
    expect(await fetchOne('any', making('anew'))).toMatchObject(found);
  });

  it('is the very one where what was built has its hash', async () => {
    expect(await fetchOne('same-source', making('gone'))).toMatchObject({ rung: 'built', sameness: 'exact' });
  });

  it('is of the nearest version only where anything is taken, and never by its own hash', async () => {
    await expect(fetchOne('same-source')).rejects.toMatchObject({ kind: 'not-rebuildable' });
    const found = { rung: 'nearest', sameness: 'other-version', version: '1.1', sha256: sha256(newer) };
    expect(await fetchOne('any')).toMatchObject(found);
  });

  it('is gone, and not vanishing, where only another version is there', async () => {
    const [found] = await findAvailable([wanted], { ...(await context()), require: 'any' });
    expect(found).toMatchObject({ state: 'gone', rung: 'nearest' });
  });

  it('of the nearest version must be what its index lists', async () => {
    const digest = { algorithm: 'sha256', value: sha256('something else') } as const;
    const attempt = fetchArtifacts([wanted], { ...(await context({ digest })), require: 'any' });
    await expect(attempt).rejects.toMatchObject({ message: expect.stringContaining('has the SHA-256') });
  });
});

it('plans the first stage with the versions that were found', async () => {
  const other: PlannedPackage = { ...wanted, name: 'other' };
  const plan = { distribution: 'debian', release: '12', architecture: 'amd64', epoch: 0, details: {} };
  const nearest = { file: '/tool', sha256: sha256(newer), version: '1.1' };
  const same = { file: '/other', sha256: sha256('other') };
  const found = new Map([
    [wanted, nearest],
    [other, same],
  ]);
  const { plan: bare, artifacts } = bootstrapOf({ ...plan, packages: [wanted, other] }, found);
  expect(bare.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['tool 1.1', 'other 1.0']);
  expect(bare.packages.map((planned) => artifacts.get(planned))).toEqual([nearest, same]);
});
