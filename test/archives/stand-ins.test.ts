import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAvailable } from '../../src/archives/availability.js';
import type { Build } from '../../src/archives/build.js';
import { type FetchContext, fetchArtifacts } from '../../src/archives/fetch.js';
import type { ArchiveService, Place } from '../../src/archives/service.js';
import { findStandIn, knownBy, noteStandIn, type StandIn, standInFolder } from '../../src/archives/stand-ins.js';
import { type ContentFolder, openStore } from '../../src/archives/store.js';
import { removeFromStore } from '../../src/archives/store-entries.js';
import { sha256 } from '../../src/hash.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { PlannedPackage } from '../../src/model/plan.js';
import { folderContents } from '../../src/spec/folder/contents.js';

const wheel = Buffer.from('a wheel that an index has');
const unknown: PlannedPackage = {
  ...{ distribution: 'python', name: 'tool', version: '1.0', used: true },
  artifact: { name: 'tool-1.0.tar.gz', key: sha256('tool 1.0'), urls: [] },
};
const lost: PlannedPackage = {
  ...{ distribution: 'debian', name: 'jq', version: '1.6', used: true },
  artifact: { name: 'jq.deb', digest: { algorithm: 'md5', value: 'd'.repeat(32) }, urls: [] },
};

let folder: string;
let store: ContentFolder;
let server: Server;
let base: string;
let asked: number;
let built: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stand-ins-'));
  store = await openStore(join(folder, 'store'));
  built = [];
  asked = 0;
  server = createServer((_request, response) => {
    asked++;
    response.end(wheel);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** As a room does: what it built is in the store, and noted. */
const build: Build = async (packages) => {
  const made = new Map();
  for (const planned of packages) {
    const { hash } = await store.add(Buffer.from(`${planned.name} built`));
    built.push(planned.name);
    made.set(planned, { sha256: hash, evidence: 'its source' });
    const standIn = { rung: 'built', sameness: 'same-source', sha256: hash, evidence: 'its source' } as const;
    await noteStandIn(planned, standIn, store);
  }
  return made;
};

function serving(
  place: Partial<Place>,
  rung: ArchiveService['rung'] = 'old-builds',
): NonNullable<FetchContext['services']> {
  const digest = { algorithm: 'sha256', value: sha256(wheel) } as const;
  const one: Place = { url: `${base}/tool.whl`, digest, evidence: 'listed as this version', ...place };
  const locate: ArchiveService['locate'] = async (packages) => new Map(packages.map((planned) => [planned, [one]]));
  return async (packages) => [{ service: { rung, title: 'an index', locate }, packages }];
}

async function fetched(wanted: PlannedPackage, options: Partial<FetchContext>) {
  const contents = folderContents(join(folder, 'contents'));
  const found = await fetchArtifacts([wanted], { store, contents, host: await directoryMachine(folder), ...options });
  return found.get(wanted);
}

describe('what was built of a package', () => {
  it.each([unknown, lost])('is found again offline, and is not built twice ($name)', async (wanted) => {
    const first = await fetched(wanted, { build, require: 'same-source' });
    const again = await fetched(wanted, { build, require: 'same-source' });
    const offline = await fetched(wanted, { build, require: 'same-source', offline: true });
    expect(built).toEqual([wanted.name]);
    for (const found of [first, again, offline])
      expect(found).toMatchObject({ rung: 'built', sameness: 'same-source', evidence: 'its source' });
    expect(new Set([first, again, offline].map((found) => found?.file)).size).toBe(1);
  });

  it('does not stand in where it must be exact', async () => {
    await fetched(lost, { build, require: 'same-source' });
    await expect(fetched(lost, { require: 'exact', offline: true })).rejects.toMatchObject({ kind: 'not-rebuildable' });
  });

  it('is built anew where it was damaged, or its note is', async () => {
    const found = await fetched(unknown, { build, require: 'same-source' });
    await writeFile(found?.file ?? '', 'damaged');
    await fetched(unknown, { build, require: 'same-source' });
    const notes = join(store.folder, standInFolder);
    for (const name of await readdir(notes)) await writeFile(join(notes, name), '{"sha256":1}');
    await fetched(unknown, { build, require: 'same-source' });
    expect(built).toEqual(['tool', 'tool', 'tool']);
  });

  it('is forgotten when its content is removed from the store', async () => {
    const found = await fetched(unknown, { build, require: 'same-source' });
    await removeFromStore(store, new Set([found?.sha256 ?? '']));
    expect(await readdir(join(store.folder, standInFolder))).toEqual([]);
    expect(await findStandIn(unknown, store, 'any')).toBeUndefined();
  });

  it('can still be had, on this machine only', async () => {
    await fetched(unknown, { build, require: 'same-source' });
    const context = { store, contents: folderContents(folder), host: await directoryMachine(folder) };
    const [known] = await findAvailable([unknown], { ...context, require: 'same-source' });
    expect(known).toMatchObject({ state: 'only-here', rung: 'built', evidence: 'its source' });
    const [strict] = await findAvailable([unknown], context);
    expect(strict?.state).toBe('gone');
  });
});

describe('what was had by its version', () => {
  it('is found again offline', async () => {
    await fetched(unknown, { services: serving({}), require: 'same-source' });
    const again = await fetched(unknown, { services: serving({}), require: 'same-source', offline: true });
    expect(again).toMatchObject({ rung: 'old-builds', sha256: sha256(wheel), evidence: 'listed as this version' });
    expect(asked).toBe(1);
  });

  it('of another version stands in where anything is taken, and says so, and comes after a build', async () => {
    const services = serving({ version: '1.1', evidence: 'the nearest' }, 'nearest');
    await fetched(unknown, { services, require: 'any' });
    const again = await fetched(unknown, { require: 'any', offline: true });
    expect(again).toMatchObject({ rung: 'nearest', sameness: 'other-version', version: '1.1' });
    await expect(fetched(unknown, { require: 'same-source', offline: true })).rejects.toThrow(/cannot be had exactly/);
    expect(await fetched(unknown, { build, services, require: 'any' })).toMatchObject({ rung: 'built' });
  });
});

describe('what a spec brings in the place of a package', () => {
  const content = Buffer.from('built elsewhere');
  const standIn: StandIn = {
    ...{ sha256: sha256(content), rung: 'built', sameness: 'same-source', evidence: 'its source' },
  };
  const bringing = (wanted: PlannedPackage, what: Partial<StandIn> = {}) => ({
    standIns: new Map([[knownBy(wanted) ?? '', { ...standIn, ...what }]]),
  });

  it.each([unknown, lost])('is taken before it is built, and says whose word it is ($name)', async (wanted) => {
    await store.add(content);
    const found = await fetched(wanted, { ...bringing(wanted), build, services: serving({}), require: 'same-source' });
    const asIs = { rung: 'built', sameness: 'same-source', sha256: sha256(content), verifiedBy: 'sha256' };
    expect(found).toMatchObject(asIs);
    expect(found?.evidence).toBe('its source (as is told by the spec, which brings it)');
    expect(built).toEqual([]);
  });

  it('is taken before others are asked for what is known by its version alone', async () => {
    await store.add(content);
    const found = await fetched(unknown, { ...bringing(unknown), services: serving({}), require: 'any' });
    expect([found?.rung, asked]).toEqual(['built', 0]);
  });

  const very = {
    ...lost,
    artifact: { ...lost.artifact, digest: { algorithm: 'sha256', value: sha256(wheel) } as const },
  };
  const copied = { ...lost, artifact: { ...lost.artifact, content: sha256('a copy') } };
  const other = { sameness: 'other-version', rung: 'nearest', version: '1.1' } as const;

  it.each([
    ['the very package at a service', very, {}, 'old-builds', 'exact'],
    ['the very package at a service, also of another version', very, other, 'old-builds', 'exact'],
    ['the copy that comes with the spec', copied, {}, 'contents', 'exact'],
    ['what is built, of another version', lost, other, 'built', 'same-source'],
  ] as const)('gives way to %s', async (_what, wanted, what, rung, sameness) => {
    await store.add(content);
    await folderContents(join(folder, 'contents')).add(Buffer.from('a copy'));
    const found = await fetched(wanted, { ...bringing(wanted, what), build, services: serving({}), require: 'any' });
    expect(found).toMatchObject({ rung, sameness });
  });

  it.each([
    ['the very package at a service', very, other, serving],
    ['the nearest at a service', lost, {}, () => serving({ version: '1.1' }, 'nearest')],
    ['the nearest at a service, also of another version', lost, other, () => serving({ version: '1.2' }, 'nearest')],
    ['the same version at a service', unknown, {}, serving],
    ['another version at no service', unknown, other, () => undefined],
    ['the copy that comes with the spec', copied, other, () => undefined],
  ] as const)('is told by a check as a create takes it, beside %s', async (_what, wanted, what, serves) => {
    await store.add(content);
    const contents = folderContents(join(folder, 'contents'));
    await contents.add(Buffer.from('a copy'));
    const services = serves({});
    const options = { ...bringing(wanted, what), ...(services && { services }), require: 'any' } as const;
    const [told] = await findAvailable([wanted], { store, contents, host: await directoryMachine(folder), ...options });
    const taken = await fetched(wanted, options);
    expect(told?.rung).toBe(taken?.rung);
  });

  it('counts for this spec alone', async () => {
    await store.add(content);
    await fetched(unknown, { ...bringing(unknown), require: 'same-source' });
    await expect(fetched(unknown, { require: 'any' })).rejects.toThrow(/cannot be had exactly/);
  });

  it.each([
    ['exact', {}, /what the spec brings instead is same-source \(--require same-source\)/],
    ['same-source', { sameness: 'other-version', version: '1.1' }, /instead is other-version \(--require any\)/],
  ] as const)('is not taken where it must be %s, with what it is', async (require, what, why) => {
    await store.add(content);
    await expect(fetched(unknown, { ...bringing(unknown, what), require })).rejects.toThrow(why);
  });

  it('is not taken where the store has something else by its name, and is built then', async () => {
    const { file } = await store.add(content);
    await writeFile(file, 'something else');
    const found = await fetched(unknown, { ...bringing(unknown), build, require: 'same-source' });
    expect([found?.evidence, built]).toEqual(['its source', ['tool']]);
  });

  it('is never taken for a package that its own archive has', async () => {
    await store.add(content);
    const digest = { algorithm: 'sha256', value: sha256(wheel) } as const;
    const wanted = { ...unknown, artifact: { name: 'tool.whl', digest, urls: [`${base}/tool.whl`] } };
    const found = await fetched(wanted, { ...bringing(wanted), require: 'any' });
    expect(found).toMatchObject({ rung: 'archive', sameness: 'exact' });
  });

  it('can be had on this machine', async () => {
    await store.add(content);
    const context = { store, contents: folderContents(folder), host: await directoryMachine(folder) };
    const [known] = await findAvailable([unknown], { ...context, ...bringing(unknown), require: 'same-source' });
    expect(known).toMatchObject({ state: 'only-here', rung: 'built' });
    const [strict] = await findAvailable([unknown], { ...context, ...bringing(unknown) });
    expect(strict).toMatchObject({
      state: 'gone',
      tried: [expect.stringContaining('is same-source (--require same-source)')],
    });
  });
});

it.each([
  ['must be exact', { build }, /had by its version, or built \(--require same-source\)/],
  ['is looked for offline', { build, require: 'same-source', offline: true }, /this machine has nothing that was/],
  ['cannot be built here', { require: 'same-source' }, /it is not built here/],
] as const)('a package whose hash is not known says why it is not had where it %s', async (_where, options, why) => {
  await expect(fetched(unknown, options)).rejects.toThrow(why);
});
