import { describe, expect, it } from 'vitest';
import { finishAll, type OpenReader } from '../../src/identification/finish.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { DistributionModule, Need } from '../../src/packaging/distribution.js';
import type { FinishContext, FinishOptions } from '../../src/packaging/reader.js';

const tool = { distribution: 'ground', name: 'tool', version: '1' };
const path = '/opt/file' as FilePath;

/** A reader that keeps what it was told. */
function open(name: string, told: Map<string, FinishContext>, needs: readonly Need[] = []): OpenReader {
  const half = { manifest: { name }, lock: { name }, files: [], notes: [], epoch: 0 };
  return {
    module: { name, needs: () => needs } as Partial<DistributionModule> as DistributionModule,
    reader: {
      claim: async () => ({ owners: [], more: [] }),
      finish: async (context) => {
        told.set(name, context);
        return half;
      },
    },
  };
}

describe('finishing', () => {
  const told = new Map<string, FinishContext>();
  const ground = open('ground', told);
  const above = open('above', told, [tool]);
  const idle = open('idle', told);
  const owner = { path, state: 'owned' as const, package: { distribution: 'above', name: 'a', version: '1' } };
  const finish = (readers: readonly OpenReader[]) =>
    finishAll(readers, undefined, new Map([[path, owner]]), {} as FinishOptions);

  it('tells each what stood of its claims, and what those above it need, though it owns nothing', async () => {
    expect((await finish([ground, idle, above])).map(({ name }) => name)).toEqual(['ground', 'above']);
    expect(told.get('above')).toMatchObject({ owned: [owner], needed: [] });
    expect(told.get('ground')).toMatchObject({ owned: [], needed: [tool] });
    expect(told.get('above')?.ownerOf(path)).toBe(owner);
  });

  it('refuses an order in which one is done before it is told what is needed of it', async () => {
    const user = { ...owner, package: { ...tool } };
    const owners = new Map([
      [path, owner],
      ['/opt/tool' as FilePath, user],
    ]);
    await expect(finishAll([above, ground], undefined, owners, {} as FinishOptions)).rejects.toThrow(
      'above needs tool',
    );
  });
});
