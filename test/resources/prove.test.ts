import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Backend } from '../../backends/backend.js';
import { sha256 } from '../../src/hash.js';
import type { Machine } from '../../src/machines/machine.js';
import type { Resource } from '../../src/model/resource.js';
import { proveResource } from '../../src/resources/prove.js';
import { manifestDigest } from '../../src/spec/manifest.js';
import { specOf, traceOf } from '../proof/trees.js';

const spec = specOf({ origin: [], trace: traceOf([]) });
const backend = { exportTree: async () => Readable.from([Buffer.alloc(1024)]) } as unknown as Backend;

function prove(specDigest: string) {
  const resource = { name: 'analysis', specDigest } as Resource;
  return proveResource({ resource, backend, host: {} as Machine, spec });
}

it('proves a resource by the spec that it was made from', async () => {
  expect((await prove(manifestDigest(spec.manifest))).tree?.ok).toBe(true);
});

it('does not judge a resource by a spec that was changed since it was made', async () => {
  await expect(prove(sha256('another'))).rejects.toMatchObject({
    kind: 'not-proved',
    where: spec.file,
    message: expect.stringContaining('was changed since'),
  });
});
