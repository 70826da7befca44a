import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DatedSuite, datedStanzas } from '../../../../src/archives/apt/snapshot/dated-index.js';
import { secondsOf } from '../../../../src/archives/apt/snapshot/timestamp.js';
import { openHttpClient } from '../../../../src/archives/http.js';
import { directoryMachine } from '../../../../src/machines/directory.js';
import { localMachine } from '../../../../src/machines/local.js';
import type { Machine } from '../../../../src/machines/machine.js';
import { pathFromText } from '../../../../src/model/file-path.js';
import type { ArchiveSignature } from '../../../../src/model/plan.js';
import { folderContents } from '../../../../src/spec/folder/contents.js';
import { type ArchiveKey, archiveKey } from '../../../support/archive-key.js';
import { needs, shared } from '../../../support/needs.js';
import { type SnapshotService, snapshotService } from '../../../support/snapshot-service.js';

const day = '20240101T000000Z';
const tool = { archive: 'debian', name: 'tool', version: '1.0', architecture: 'amd64', from: day } as const;
let folder: string;
let key: ArchiveKey;
let other: ArchiveKey;
let service: SnapshotService;
let host: Machine;

beforeEach(needs({ programs: ['gpg', 'gpgv'] }));
beforeEach(
  shared(async () => {
    [key, other] = [archiveKey(), archiveKey()];
  }),
);
afterAll(() => {
  key?.[Symbol.dispose]();
  other?.[Symbol.dispose]();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signatures-'));
  service = await snapshotService([{ ...tool, content: Buffer.from('tool') }], 'stable', { sign: key.sign });
  const local = await localMachine();
  // A machine with our programs, and with files of its own.
  host = { ...(await directoryMachine(folder)), ...(local.shell && { shell: local.shell }) };
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function versions(signature: ArchiveSignature, part: Partial<DatedSuite> = {}): Promise<string[]> {
  using client = openHttpClient();
  const contents = folderContents(join(folder, 'contents'));
  const index = 'main/binary-amd64/Packages';
  const suite = { uri: `${service.base}/archive/debian/${day}`, at: secondsOf(day), suite: 'stable', index };
  const stanzas = await datedStanzas({ ...suite, signature, ...part }, () => true, { client, contents, host });
  return stanzas.map(({ Version: version = '' }) => version);
}

async function kept(one: ArchiveKey): Promise<string> {
  return (await folderContents(join(folder, 'contents')).add(one.armored)).hash;
}

describe('an index of an archive as it was', () => {
  it('counts where its Release file is signed by the key that the spec has of the archive', async () => {
    expect(await versions({ keys: [await kept(key)] })).toEqual(['1.0']);
  });

  it('counts by the key that the machine has under the name of the keyring', async () => {
    await mkdir(join(folder, 'usr/share/keyrings'), { recursive: true });
    await writeFile(join(folder, 'usr/share/keyrings/own.gpg'), key.binary);
    expect(await versions({ keyring: pathFromText('/usr/share/keyrings/own.gpg') })).toEqual(['1.0']);
  });

  it('gives nothing where it is signed by another key, though the machine trusts that one', async () => {
    await mkdir(join(folder, 'etc/apt/trusted.gpg.d'), { recursive: true });
    await writeFile(join(folder, 'etc/apt/trusted.gpg.d/all.asc'), key.armored);
    await expect(versions({ keys: [await kept(other)] })).rejects.toThrow('not signed by a key of its archive');
    expect(await versions({})).toEqual(['1.0']);
  });

  it('gives nothing where it was changed after it was signed', async () => {
    const keys = [await kept(key)];
    service.fail(/InRelease$/, (_request, response, content) => {
      response.end(content.toString('utf8').replace('Origin: Debian', 'Origin: Nobody'));
    });
    await expect(versions({ keys })).rejects.toThrow('its signature is wrong');
  });

  it('gives nothing where there is no key to check it with, and counts where the origin asked for no signature', async () => {
    await expect(versions({})).rejects.toThrow('there is no key');
    expect(await versions({ isUnsigned: true })).toEqual(['1.0']);
  });

  it('gives nothing where its Release file was over at the time that it is to be of', async () => {
    const keys = [await kept(key)];
    await expect(versions({ keys }, { at: secondsOf('20240601T000000Z') })).rejects.toThrow('not valid any more');
  });
});
