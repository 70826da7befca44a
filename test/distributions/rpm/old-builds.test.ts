import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rpmArchives } from '../../../src/distributions/rpm/old-builds.js';
import { recognised } from '../../../src/distributions/rpm/recognise.js';
import { beginningOf, openRpmFile, signedPartOf } from '../../../src/distributions/rpm/rpm-file.js';
import { sha256 } from '../../../src/hash.js';
import type { PlannedPackage } from '../../../src/model/plan.js';
import { asking } from '../../support/asking.js';
import { needs } from '../../support/needs.js';
import { type BuiltRpms, buildRpms } from '../../support/rpm.js';

describe('where an rpm package may be found', () => {
  it('is the place of its build, by the names of its source, and its path in repositories of the past', async () => {
    const settings = { REPROMAN_KOJI_ARCHIVES: 'http://k.example', REPROMAN_RPM_VAULTS: 'http://v.example/8/os/' };
    const artifact = {
      ...{ name: 'things-libs-1.2-3.x86_64.rpm', urls: [], mark: 'a'.repeat(64) },
      ...{ source: { name: 'things', version: '1.2-3' }, origins: [{ path: 'Packages/t/things-libs.rpm' }] },
    };
    const about = { name: 'things-libs', version: '1:1.2-3', architecture: 'x86_64', used: true };
    const planned: PlannedPackage = { distribution: 'rpm', ...about, artifact };
    const [service] = rpmArchives(settings);
    const places = (await service?.locate([planned], await asking()))?.get(planned);
    expect(places?.map(({ url }) => url)).toEqual([
      'http://v.example/8/os/Packages/t/things-libs.rpm',
      'http://k.example/packages/things/1.2/3/x86_64/things-libs-1.2-3.x86_64.rpm',
    ]);
    expect(rpmArchives({})).toEqual([]);
  });
});

describe('an rpm package that is known by its header', () => {
  let built: BuiltRpms | undefined;
  beforeEach(async (context) => {
    await needs({ programs: ['rpm', 'rpmbuild'] })(context);
    built = await buildRpms([{ name: 'things', version: '1-1', files: { '/usr/share/things': 'things\n' } }]);
  });
  afterEach(async () => built?.[Symbol.asyncDispose]());

  async function parts() {
    const file = built?.paths[0] ?? '';
    const { header, payload } = await openRpmFile(file);
    const immutable = header.immutable() ?? Buffer.alloc(0);
    const content = await readFile(file);
    return {
      file,
      header,
      immutable,
      content,
      payload: content.subarray(payload),
      mark: sha256(signedPartOf(immutable)),
    };
  }

  async function pass(content: AsyncIterable<Uint8Array>, mark: string): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of recognised(content, mark)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async function* pieces(...those: readonly Buffer[]) {
    yield* those;
  }

  it('is passed on as it is, however its file is cut into pieces', async () => {
    const { file, content, mark } = await parts();
    expect((await pass(createReadStream(file, { highWaterMark: 1000 }), mark)).equals(content)).toBe(true);
  });

  it('is the same where it is signed otherwise', async () => {
    const { header, immutable, payload, content, mark } = await parts();
    const unsigned = Buffer.concat([beginningOf('things', header, immutable), payload]);
    expect(unsigned.equals(content)).toBe(false);
    expect((await pass(pieces(unsigned), mark)).equals(unsigned)).toBe(true);
  });

  it('is another where its header, its payload or its format is another', async () => {
    const { content, mark } = await parts();
    const changed = Buffer.from(content);
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    await expect(pass(pieces(changed), mark)).rejects.toThrow('its payload is not what its header says');
    await expect(pass(pieces(content), 'b'.repeat(64))).rejects.toThrow('not that of the installed package');
    await expect(pass(pieces(Buffer.from('<html>'.repeat(100))), mark)).rejects.toThrow('it is no rpm package');
  });
});
