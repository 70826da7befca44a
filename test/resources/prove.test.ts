import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Backend } from '../../backends/backend.js';
import type { Machine } from '../../src/machines/machine.js';
import type { Resource } from '../../src/model/resource.js';
import { proveResource } from '../../src/resources/prove.js';
import { specOf, traceOf } from '../proof/trees.js';

const spec = specOf({ origin: [], trace: traceOf([]) });
const backend = {
  exportTree: async () => Readable.from([Buffer.alloc(1024)]),
  mountPoints: async () => new Set(),
} as unknown as Backend;
const resource = { name: 'analysis' } as Resource;

it('tells what this machine has not of what the runs took from theirs', async () => {
  const need = { kind: 'cpu', name: 'x86-64-v3', match: 'at-least', at: '/usr/lib/glibc-hwcaps/x86-64-v3' } as const;
  const asking = { ...spec, manifest: { ...spec.manifest, host: [need] } };
  const hostOf = (cpuLevel: string) =>
    ({ label: 'a host', platform: async () => ({ cpuLevel }) }) as unknown as Machine;
  const proved = async (level: string) =>
    (await proveResource({ resource, backend, host: hostOf(level), spec: asking })).tree?.notes.join();
  expect(await proved('x86-64-v2')).toContain('level x86-64-v3, and a host has one of level x86-64-v2');
  expect(await proved('x86-64-v3')).not.toContain('level');
});

it('gives the digest of a tree with its proof, and without one where that is not asked for', async () => {
  const asked = { resource, backend, host: {} as Machine, spec };
  const proved = await proveResource(asked);
  expect(proved).toMatchObject({ treeDigest: expect.stringMatching(/^[0-9a-f]{64}$/), tree: { ok: true } });
  expect(await proveResource({ ...asked, verify: false })).toEqual({ treeDigest: proved.treeDigest });
});
