import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Backend } from '../../backends/backend.js';
import type { Outer } from '../../backends/outer.js';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { pathFromText } from '../../src/model/file-path.js';
import { type Progress, silent } from '../../src/model/progress.js';
import type { Effect, LiveState, Resource } from '../../src/model/resource.js';
import { type Inventory, openInventory } from '../../src/resources/inventory.js';
import { kindOf, parseParameters } from '../../src/resources/kind.js';
import { lookAt } from '../../src/resources/list.js';
import { folderOn, makePlace, openPlace } from '../../src/resources/place.js';
import { removeResource } from '../../src/resources/remove.js';
import { startResource, stopResource, wakeMachine } from '../../src/resources/running.js';

/** What was done, in order, and to which machine. */
let done: string[];
let isDown: boolean;
/** Of the machine that is made. */
let state: LiveState;

const processor = 'x86_64';
const here = { label: 'here', isLocal: true, processor } as Machine;
const there = {
  ...{ label: 'there', isLocal: false, processor, dataFolder: '/home/me/.local/share' },
  async [Symbol.asyncDispose]() {
    done.push('close');
  },
} as unknown as Machine;

const inner = {
  name: 'inner',
  parameters: z.strictObject({}),
  check: async (host: Machine) => (host === there ? { ready: true } : { ready: false, missing: 'it', remedy: 'go' }),
  undo: async ({ id }: Effect, host: Machine) => void done.push(`undo ${id} on ${host.label}`),
} as unknown as Backend;

function outerCalled(name: string, makesMachine: boolean): Outer {
  return {
    ...{ name, title: name, parameters: z.strictObject({}), makesMachine },
    usual: { backend: 'inner', why: 'so' },
    check: async () => ({ ready: true }),
    async bootstrap({ record }) {
      if (makesMachine) await record({ kind: 'machine', id: 'm1' });
      done.push('bootstrap');
      return { address: 'a1' };
    },
    async connect({ address }) {
      if (isDown) throw new ReproError('not-ready', 'no route', { remedy: 'wait' });
      done.push(`connect ${address}`);
      return there;
    },
    describe: () => `the machine of ${name}`,
    undo: async ({ id }, host) => void done.push(`undo ${id} on ${host.label}`),
    ...(makesMachine && {
      state: async () => state,
      start: async () => ({ address: 'a2' }),
      stop: async ({ address }) => void done.push(`stop ${address}`),
    }),
  };
}

vi.mock('../../backends/registry.js', () => {
  const outers = { host: async () => outerCalled('host', false), cloud: async () => outerCalled('cloud', true) };
  const backends = { inner: async () => inner };
  return {
    ...{ backends, outers },
    isBackend: (name: string) => Object.hasOwn(backends, name),
    isOuter: (name: string) => Object.hasOwn(outers, name),
  };
});

let folder: string;
let inventory: Inventory;
beforeEach(() => {
  done = [];
  isDown = false;
  state = 'running';
  folder = mkdtempSync(join(tmpdir(), 'place-'));
  inventory = openInventory(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const noSystem = async () => {
  throw new Error('nothing boots');
};

/** A resource that was claimed and has its place, with one effect of the inner backend. */
async function resourceOn(backend: string, from = here): Promise<Resource> {
  const run = { cwd: pathFromText('/'), environment: {}, user: { uid: 0, gid: 0, groups: [] } };
  const claimed = { name: 'x', backend, state: 'creating', created: '2026-01-01T00:00:00Z', effects: [] } as const;
  await inventory.add({ ...claimed, details: {}, spec: '/x.yml', planDigest: '0'.repeat(64), run });
  const record = async (effect: Effect) =>
    void (await inventory.update('x', (present) => ({ ...present, effects: [...present.effects, effect] })));
  const kind = await kindOf(backend);
  const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
  const asked = { name: 'x', base, tool: '1', kind, parameters: parseParameters(kind, {}), progress: silent };
  await using place = await makePlace({ ...asked, host: from, inventory, record, system: noSystem });
  expect([place.host.label, place.here.label]).toEqual(['there', 'here']);
  await record({ kind: 'tree', id: 't1' });
  return inventory.update('x', (present) => ({ ...present, state: 'ready' }));
}

describe('a resource on another machine', () => {
  it('has in the inventory what it takes to reach that, and is where that leads', async () => {
    const resource = await resourceOn('host:inner');
    expect(resource).toMatchObject({ outer: { address: 'a1' }, effects: [{ kind: 'tree', id: 't1' }] });
    await using place = await openPlace(resource, here);
    expect(folderOn(place.host, inventory, 'x')).toBe('/home/me/.local/share/reproman/trees/x');
    expect(folderOn(place.here, inventory, 'x')).toBe(join(folder, 'trees/x'));
    expect(done).toEqual(['bootstrap', 'connect a1', 'close', 'connect a1']);
  });

  it('is not made where what this machine makes does not run', async () => {
    const arm = { ...here, processor: 'aarch64' } as Machine;
    await expect(resourceOn('host:inner', arm)).rejects.toThrow('there is x86_64, and what is made on this machine');
    expect(done.at(-1)).toBe('close');
  });

  it('is undone there, over one connection', async () => {
    await resourceOn('host:inner');
    await removeResource('x', { host: here, inventory });
    expect(done.slice(3)).toEqual(['connect a1', 'undo t1 on there', 'close']);
    expect(await inventory.get('x')).toBeUndefined();
  });

  it('goes with a machine that was made for it, though that cannot be reached', async () => {
    const resource = await resourceOn('cloud:inner');
    expect(resource.effects).toEqual([
      { kind: 'machine', id: 'm1', outer: true },
      { kind: 'tree', id: 't1' },
    ]);
    isDown = true;
    await removeResource('x', { host: here, inventory });
    expect(done.slice(3)).toEqual(['undo m1 on here']);
  });

  it('is forgotten only by force where its machine cannot be reached, and what stays is told', async () => {
    await resourceOn('host:inner');
    isDown = true;
    await expect(removeResource('x', { host: here, inventory })).rejects.toMatchObject({
      message: "'x' cannot be removed: no route",
      remedy: 'wait; to forget it, and leave what is there: reproman delete --force x',
    });
    expect(await inventory.get('x')).toMatchObject({ effects: [{ id: 't1' }] });
    const notes: string[] = [];
    const progress: Progress = (event) => void (event.kind === 'note' && notes.push(event.message));
    await removeResource('x', { host: here, inventory, progress, force: true });
    expect(notes).toEqual(["the tree t1 of 'x' stays, and is forgotten: no route"]);
    expect(await inventory.get('x')).toBeUndefined();
  });
});

describe('a machine that was made for a resource', () => {
  const options = () => ({ host: here, inventory, warn: () => undefined });

  it('is where it was started to be from then on', async () => {
    await resourceOn('cloud:inner');
    expect(await startResource('x', options())).toMatchObject({ state: 'running' });
    expect((await inventory.find('x')).outer).toEqual({ address: 'a2' });
    expect(done.slice(3)).toEqual(['connect a2', 'close']);
  });

  it('is stopped as a whole, and not reached for it', async () => {
    await resourceOn('cloud:inner');
    expect(await stopResource('x', options())).toMatchObject({ state: 'stopped' });
    expect(done.slice(3)).toEqual(['stop a1']);
  });

  it('runs as long as it is needed where it was stopped, and is left running where it ran', async () => {
    await resourceOn('cloud:inner');
    await (await wakeMachine('x', options()))[Symbol.asyncDispose]();
    expect(done.slice(3)).toEqual([]);
    state = 'stopped';
    await (await wakeMachine('x', options()))[Symbol.asyncDispose]();
    expect(done.slice(3)).toEqual(['stop a2']);
  });

  it.each([
    ['stopped', "the machine of 'x' is stopped", 'start it with: reproman start x'],
    ['missing', "the resource 'x' is gone from where it was", expect.stringContaining('reproman delete x')],
    ['running', 'no route', 'wait'],
  ] as const)('that cannot be reached is told as what it is: %s', async (told, message, remedy) => {
    const resource = await resourceOn('cloud:inner');
    [isDown, state] = [true, told];
    await expect(openPlace(resource, here)).rejects.toMatchObject({ message, remedy });
  });

  it.each(['stopped', 'missing'] as const)('is listed without being reached where it is %s', async (told) => {
    const resource = await resourceOn('cloud:inner');
    [isDown, state] = [true, told];
    expect(await lookAt(resource, here)).toEqual({ live: told, description: 'the machine of cloud' });
  });

  it('is neither started nor stopped where it was removed behind our back', async () => {
    await resourceOn('cloud:inner');
    state = 'missing';
    for (const act of [startResource, stopResource])
      await expect(act('x', options())).rejects.toMatchObject({ where: 'the machine of cloud' });
  });
});
