import { afterEach, beforeEach, expect, it } from 'vitest';
import { containerNotes, containerRuns } from '../../src/capture/container-runs.js';
import { identifyFiles } from '../../src/capture/image-files.js';
import { sha256 } from '../../src/hash.js';
import { type FixtureRoot, fixtureRoot } from './fixture-root.js';

let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
});
afterEach(() => root[Symbol.asyncDispose]());

const definition = 'Bootstrap: localimage\nFrom: base.sif\n%post\n  true\n';

/** An image with some other thing and then its definition, as `apptainer build` lays them out. */
function sif(text: string, size = text.length): Buffer {
  const image = Buffer.alloc(128 + 2 * 585);
  image.write('#!/usr/bin/env run-singularity\n\0SIF_MAGIC\0');
  image.writeBigInt64LE(2n, 88);
  image.writeBigInt64LE(128n, 96);
  for (const [index, type] of [0x4003, 0x4001].entries()) {
    const at = 128 + index * 585;
    image.writeInt32LE(type, at);
    image.writeUInt8(1, at + 4);
    image.writeBigInt64LE(BigInt(image.length), at + 17);
    image.writeBigInt64LE(BigInt(size), at + 25);
  }
  return Buffer.concat([image, Buffer.from(text)]);
}

async function identified(image: string) {
  const [found] = await identifyFiles(
    containerRuns([{ argv: ['apptainer', 'exec', image, 'true'] }]),
    root.machine.files,
  );
  return found;
}

it('are known by their content and the definition in them, through links', async () => {
  await root.file('/images/a.sif', sif(definition));
  await root.link('/tool.sif', 'images/a.sif');
  const found = await identified('/tool.sif');
  expect(found).toMatchObject({ sha256: sha256(sif(definition)), definition });
  const [note] = containerNotes(found ? [found] : []);
  expect(note).toMatch(/which is sha256:[0-9a-f]{64}: .*was not traced.* has the definition that it was built by\.$/);
});

it('are known by what is there of a folder, and what is not there is told', async () => {
  await root.file('/sandbox/.singularity.d/Singularity', definition);
  expect(await identified('/sandbox')).toMatchObject({ definition, unidentified: 'it is a folder' });
  expect(await identified('/gone.sif')).toMatchObject({ unidentified: 'it is not there any more' });
});

it('have no definition where the file is none of its kind, breaks off, or tells of impossible places', async () => {
  const lost = sif(definition);
  lost.writeBigInt64LE(-8n, 96);
  for (const [name, content] of Object.entries({ text: Buffer.from('words'), short: sif(definition, 9999), lost })) {
    await root.file(`/${name}.sif`, content);
    const found = await identified(`/${name}.sif`);
    expect(found?.sha256).toBe(sha256(content));
    expect(found?.definition).toBeUndefined();
  }
});
