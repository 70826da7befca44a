import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Backend, BootstrapContext } from '../../backends/backend.js';
import { backends } from '../../backends/registry.js';
import { debian } from '../../src/distributions/debian/index.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { BootstrapPlan } from '../../src/model/plan.js';
import type { Effect, Resource } from '../../src/model/resource.js';
import type { BaseSystem } from '../../src/packaging/base-system.js';

/** Another machine, which happens to have the same label as this one. */
const elsewhere = await directoryMachine('/', 'this machine');
const refused = { kind: 'not-ready', message: expect.stringContaining('can only be used on this machine') };

describe.each(Object.entries(backends))('%s', (_, load) => {
  it('does nothing on this machine in the stead of another host', async () => {
    const backend: Backend = await load();
    const resource = { name: 'x', details: {} } as Resource;
    const context = { host: elsewhere } as BootstrapContext<Record<string, unknown>>;
    const readiness = await backend.check(elsewhere, backend.parameters.parse({}));
    expect(readiness).toMatchObject({ ready: false, missing: refused.message });
    await expect(backend.bootstrap(Readable.from([]), context)).rejects.toMatchObject(refused);
    await expect(backend.connect(resource, elsewhere)).rejects.toMatchObject(refused);
    await expect(backend.connectCopy(resource, elsewhere, { network: false })).rejects.toMatchObject(refused);
    await expect(backend.exportTree(resource, elsewhere)).rejects.toMatchObject(refused);
    await expect(backend.undo({ kind: 'tree', id: '/x' } as Effect, elsewhere)).rejects.toMatchObject(refused);
    await expect(backend.describe(resource, elsewhere)).rejects.toMatchObject(refused);
    await expect(backend.size(resource, elsewhere)).rejects.toMatchObject(refused);
  });
});

it('a Debian system is not built on this machine in the stead of another host', async () => {
  const context = { host: elsewhere } as Parameters<BaseSystem['build']>[1];
  await expect(debian.base?.build({} as BootstrapPlan, context)).rejects.toMatchObject(refused);
});
