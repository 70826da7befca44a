import { expect, it } from 'vitest';
import { plannedPackages } from '../../src/planning/plan.js';
import type { Lock } from '../../src/spec/document/schema.js';
import { specOf, traceOf } from '../proof/trees.js';

const accounts = { users: [], groups: [] };
const apk = {
  ...{ name: 'apk', architecture: 'x86_64', folder: '/lib/apk/db', repositories: [], packages: [], database: [] },
  ...{ links: [], accounts },
};
const python = {
  ...{ name: 'python', environments: [], requires: [] },
  packages: [
    {
      ...{ name: 'tool', version: '1.0', at: '/srv/env/lib/python3.11/site-packages', used: true, requested: true },
      certainty: 'version-only',
    },
  ],
};

it.each([
  ['3.20', 'musl'],
  ['wolfi', undefined],
])('tells archives for which C library a package is whose hash is not known, on apk %s', async (release, libc) => {
  const manifest = { base: { distribution: 'apk', release, architecture: 'x86_64' } };
  const lock = { distributions: [apk, python], epoch: 0 } as unknown as Lock;
  const spec = specOf({ origin: [], trace: traceOf([]), manifest: { ...manifest, runs: [] }, lock });
  const [tool] = (await plannedPackages(spec, lock)).filter(({ name }) => name === 'tool');
  expect(tool?.artifact.libc).toBe(libc);
});
