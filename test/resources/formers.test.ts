import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { UnusableTree } from '../../src/archives/trees.js';
import type { BootstrapPlan } from '../../src/model/plan.js';
import type { ProgressEvent } from '../../src/model/progress.js';
import type { BuildContext, FormerSystem } from '../../src/packaging/base-system.js';
import { remade } from '../../src/resources/formers.js';

const plan: BootstrapPlan = {
  ...{ distribution: 'debian', release: '12', architecture: 'amd64', epoch: 1 },
  ...{ packages: [], details: {} },
};
const former: FormerSystem = { plan, found: [], locate: async () => undefined };
const contextFor = (told: ProgressEvent[], signal?: AbortSignal) =>
  ({ progress: (event: ProgressEvent) => told.push(event), ...(signal && { signal }) }) as unknown as BuildContext;

async function* formers(...some: readonly (FormerSystem | Error)[]): AsyncGenerator<FormerSystem> {
  for (const each of some) {
    if (each instanceof Error) throw each;
    yield each;
  }
}

function breaking(error: Error): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw error;
    })(),
  );
}

it('is the first that will do, and it is told', async () => {
  const told: ProgressEvent[] = [];
  const tries: FormerSystem[] = [];
  const remake = async (_plan: BootstrapPlan, each: FormerSystem) =>
    tries.push(each) === 2 ? Readable.from([Buffer.from('tree')]) : undefined;
  const tree = await remade(formers(former, former, former), plan, { remake }, contextFor(told));
  expect([tries.length, told.length, tree && (await buffer(tree)).toString()]).toEqual([2, 1, 'tree']);
});

it.each([
  ['none will do', async () => undefined, [former], 0],
  ['none is there', async () => Readable.from([]), [], 0],
  ['they cannot be read', async () => Readable.from([]), [new Error('EIO')], 1],
])('is none where %s', async (_title, remake, some, notes) => {
  const told: ProgressEvent[] = [];
  expect(await remade(formers(...some), plan, { remake }, contextFor(told))).toBeUndefined();
  expect(told).toHaveLength(notes);
});

it('fails as a tree that is not usable where the change does not come to its end', async () => {
  const cause = new Error('dpkg ended with 1');
  const tree = await remade(formers(former), plan, { remake: async () => breaking(cause) }, contextFor([]));
  const failed = tree && (await buffer(tree).catch((error: unknown) => error));
  expect(failed).toBeInstanceOf(UnusableTree);
  expect(failed).toMatchObject({ cause, message: expect.stringContaining('dpkg ended with 1') });
});

it('fails as what was stopped where it was stopped', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'));
  const remake = async () => breaking(new Error('killed'));
  const tree = await remade(formers(former), plan, { remake }, contextFor([], stopped));
  await expect(tree && buffer(tree)).rejects.toThrow('stopped');
});
