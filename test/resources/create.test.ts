import { expect, it, vi } from 'vitest';
import type { ContentFolder } from '../../src/archives/store.js';
import type { Machine } from '../../src/machines/machine.js';
import { createEnvironment } from '../../src/resources/create.js';
import type { Inventory } from '../../src/resources/inventory.js';
import type { Lock } from '../../src/spec/document/schema.js';
import { specOf, traceOf } from '../proof/trees.js';

vi.mock('../../src/resources/kind.js', () => ({
  kindOf: async () => ({ name: 'stub', backend: { name: 'stub', check: async () => ({ ready: true }) } }),
  parseParameters: () => ({ backend: {}, outer: {} }),
}));

it('says which tool is missing before anything is fetched, made or entered into the inventory', async () => {
  const run = async (argv: readonly string[]) => ({
    exit: { code: argv[0] === 'id' ? 0 : 1 },
    stdout: Buffer.from('0\n'),
    stderr: Buffer.alloc(0),
  });
  const touched = new Proxy({}, { get: (_, name) => expect.unreachable(`${String(name)} was used`) });
  await expect(
    createEnvironment({
      spec: specOf({ origin: [], trace: traceOf([]) }),
      lock: { distributions: [{ name: 'debian' }] } as unknown as Lock,
      backend: 'stub',
      name: 'analysis',
      host: { label: 'a host', shell: { run } } as unknown as Machine,
      store: touched as ContentFolder,
      inventory: touched as Inventory,
    }),
  ).rejects.toMatchObject({ kind: 'not-ready', message: 'mmdebstrap and apt-get are missing on a host' });
});
