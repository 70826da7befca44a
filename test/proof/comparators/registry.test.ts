import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { comparators } from '../../../src/proof/comparators/registry.js';
import { type Comparator, comparatorParameters, compareSchema } from '../../../src/spec/document/comparators.js';

it('has a comparator for each file of its folder, and parameters in the manifest for each', async () => {
  const files = readdirSync(new URL('../../../src/proof/comparators', import.meta.url));
  const names = files.map((file) => file.replace(/\.ts$/, '')).filter((name) => name !== 'registry');
  expect(Object.keys(comparators).sort()).toEqual(names.sort());
  expect(Object.keys(comparators)).toEqual(Object.keys(comparatorParameters));
  for (const [name, load] of Object.entries(comparators)) expect((await load()).name).toBe(name);
});

it.each<Comparator>([
  'csv',
  { csv: { relative: 1e-6, ignore: ['time'], unordered: true } },
  { gzip: { content: { json: { ignore: ['/created'] } } } },
  { zip: { members: { '*.npy': { npy: { absolute: 0.1 } }, 'docProps/*': 'ignore' } } },
])('is named in the manifest as %j', (comparator) => {
  expect(compareSchema.parse(comparator)).toEqual(comparator);
});

it.each([
  'tarball',
  { csv: { relative: -1 } },
  { csv: {}, json: {} },
  { text: { absolute: 1 } },
  { gzip: { content: 'nothing' } },
  {},
])('is not named as %j', (comparator) => {
  expect(compareSchema.safeParse(comparator).success).toBe(false);
});
