import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Backend } from '../../backends/backend.js';
import type { Machine } from '../../src/machines/machine.js';
import type { Resource } from '../../src/model/resource.js';
import { proveResource } from '../../src/resources/prove.js';
import { specOf, traceOf } from '../proof/trees.js';

const spec = specOf({ origin: [], trace: traceOf([]) });
const backend = { exportTree: async () => Readable.from([Buffer.alloc(1024)]) } as unknown as Backend;
const resource = { name: 'analysis' } as Resource;

it('gives the digest of a tree with its proof, and without one where that is not asked for', async () => {
  const asked = { resource, backend, host: {} as Machine, spec };
  const proved = await proveResource(asked);
  expect(proved).toMatchObject({ treeDigest: expect.stringMatching(/^[0-9a-f]{64}$/), tree: { ok: true } });
  expect(await proveResource({ ...asked, verify: false })).toEqual({ treeDigest: proved.treeDigest });
});
