import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { offersOfDebian } from '../../../src/distributions/debian/offers.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { PlannedPackage } from '../../../src/model/plan.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offers-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function planned(version: string, ...urls: string[]): PlannedPackage {
  const artifact = { name: 'a.deb', urls };
  return { distribution: 'debian', name: 'a', version, architecture: 'amd64', used: true, artifact };
}

it('names the file of apt, which writes the colon of an epoch in its own way', async () => {
  const cache = join(folder, 'var/cache/apt/archives');
  await mkdir(cache, { recursive: true });
  await writeFile(join(cache, 'a_1%3a2-1_amd64.deb'), '');
  await using host = await directoryMachine(folder);
  const offers = await offersOfDebian(host);
  expect(offers(planned('1:2-1')).files).toEqual(['/var/cache/apt/archives/a_1%3a2-1_amd64.deb']);
  expect(offers(planned('1:2-2')).files).toEqual([]);
});

it("names the same pool path at the machine's own archives, once each, and not where it came from", async () => {
  await mkdir(join(folder, 'etc/apt'), { recursive: true });
  const lines = ['deb http://own.example/debian stable main', 'deb http://own.example/debian stable-updates main'];
  await writeFile(
    join(folder, 'etc/apt/sources.list'),
    [...lines, 'deb http://traced.example/d x main', ''].join('\n'),
  );
  await using host = await directoryMachine(folder);
  const offers = await offersOfDebian(host);
  expect(offers(planned('1', 'http://traced.example/d/pool/main/a/a.deb')).urls).toEqual([
    'http://own.example/debian/pool/main/a/a.deb',
  ]);
});
