import { expect, it } from 'vitest';
import { debian } from '../../../src/distributions/debian/index.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { BootstrapPlan } from '../../../src/model/plan.js';
import type { BaseSystem } from '../../../src/packaging/base-system.js';

it('a Debian system is not built on this machine in the stead of another host', async () => {
  // It happens to have the same label as this one.
  const elsewhere = await directoryMachine('/', 'this machine');
  const context = { host: elsewhere } as unknown as Parameters<BaseSystem['build']>[1];
  await expect(debian.base?.build({} as BootstrapPlan, context)).rejects.toMatchObject({
    kind: 'not-ready',
    message: expect.stringContaining('can only be used on this machine'),
  });
});
