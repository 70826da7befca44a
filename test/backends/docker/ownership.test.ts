import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BootstrapContext } from '../../../backends/backend.js';
import { bootstrap } from '../../../backends/docker/bootstrap.js';
import { layers } from '../../../backends/docker/layers.js';
import { commit, exportTree } from '../../../backends/docker/lifecycle.js';
import type { DockerParameters } from '../../../backends/docker/parameters.js';
import { undo } from '../../../backends/docker/undo.js';
import type { Machine } from '../../../src/machines/machine.js';
import type { Resource } from '../../../src/model/resource.js';
import { type Answer, type AnsweringEngine, answeringEngine } from './answering-engine.js';

const here = { isLocal: true } as Machine;
const inventory = 'our-inventory';
const absent: Answer = [404, { message: 'no such thing' }];
const made: Answer = [201, { Id: 'sha256:made' }];
const theirs = { Id: 'sha256:theirs', Labels: { 'reproman.token': 't', 'reproman.inventory': 'their-inventory' } };
const nothingOfOurName = {
  'GET /containers/reproman-x/json': [absent],
  'GET /containers/reproman-x-building/json': [absent],
  'GET /images/reproman/x:latest/json': [absent],
};

let engine: AnsweringEngine;
beforeEach(async () => {
  engine = await answeringEngine();
});
afterEach(() => engine[Symbol.asyncDispose]());

function context(): BootstrapContext<DockerParameters> {
  return {
    ...{ name: 'x', host: here, inventory, tool: '1', folder: '/trees/x', parameters: { host: engine.at } },
    plan: { bootstrap: { architecture: 'amd64', epoch: 0 } } as BootstrapContext<DockerParameters>['plan'],
    ...{ record: async () => undefined, progress: () => undefined },
  };
}

function resource(details: Resource['details'], part: Partial<Resource> = {}): Resource {
  const run = { cwd: '/', environment: {}, user: { uid: 0, gid: 0, groups: [] } };
  return { name: 'x', planDigest: 'p', details, run, ...part } as unknown as Resource;
}

async function begunFromTheirLayer(): Promise<Resource> {
  engine.answers = {
    ...nothingOfOurName,
    'GET /images/json': [[200, [theirs]]],
    'POST /containers/create': [made],
  };
  const begun = await layers.begin(['a-key'], context());
  return resource(begun?.details ?? {});
}

/** What comes of the container does not matter. */
async function exportRefused(details: Resource['details']): Promise<void> {
  engine.answers = { 'POST /containers/create': [made], 'DELETE /containers/sha256:made': [[204]] };
  await expect(exportTree(resource(details, { form: 'image' }), here)).rejects.toThrow('not expected');
}

/** What those requests made is said to be of. */
function inventoriesOf(line: string): (string | undefined)[] {
  const requests = engine.asked.filter((each) => each.line === line);
  return requests.map(({ body }) => JSON.parse(body).Labels?.['reproman.inventory']);
}

describe('what is made from a layer of another inventory', () => {
  it('is of ours: the container', async () => {
    await begunFromTheirLayer();
    expect(inventoriesOf('POST /containers/create')).toEqual([inventory]);
  });

  it('is of ours: a layer on top of it', async () => {
    const begun = await begunFromTheirLayer();
    engine.answers = {
      'GET /containers/reproman-x-building/json': [[200, { State: { Running: false } }]],
      'POST /commit': [made],
      'DELETE /containers/reproman-x-building': [[204]],
      'POST /containers/create': [made],
    };
    await layers.add(begun, { key: 'another-key', kind: 'python' }, context());
    expect(inventoriesOf('POST /commit')).toEqual([inventory]);
    expect(inventoriesOf('POST /containers/create')).toEqual([inventory, inventory]);
  });

  it('is of ours: the image and its container', async () => {
    const begun = await begunFromTheirLayer();
    engine.answers = {
      'GET /containers/reproman-x-building/json': [[200, { State: { Running: false } }], absent],
      'POST /commit': [made],
      'POST /containers/create': [made],
      'GET /images/sha256:theirs/json': [absent],
      'GET /images/json': [[200, []]],
    };
    await commit(begun, context());
    expect(inventoriesOf('POST /commit')).toEqual([inventory]);
    expect(inventoriesOf('POST /containers/create')).toEqual([inventory, inventory]);
  });

  it('is of ours: the container that its files are read from', async () => {
    const { details } = await begunFromTheirLayer();
    await exportRefused(details);
    expect(inventoriesOf('POST /containers/create')).toEqual([inventory, inventory]);
  });
});

it('says of the base that is imported, and of what is made of it, that they are ours', async () => {
  engine.answers = { ...nothingOfOurName, 'POST /images/create': [[200]], 'POST /containers/create': [made] };
  await bootstrap(Readable.from(['a tar']), context());
  const imported = engine.asked.find(({ line }) => line === 'POST /images/create');
  expect(imported?.query.getAll('changes').join()).toContain(`reproman.inventory=${inventory}`);
  expect(inventoriesOf('POST /containers/create')).toEqual([inventory]);
});

it('says of a resource that was made before this was kept that it is of no inventory', async () => {
  const { inventory: _none, ...details } = (await begunFromTheirLayer()).details;
  await exportRefused(details);
  expect(inventoriesOf('POST /containers/create').at(-1)).toBe('');
});

it('says of the container that takes the name of one which is not there yet whose image it is made of', async () => {
  const own = { Id: 'sha256:own', Labels: { 'reproman.token': 'ours', 'reproman.inventory': inventory } };
  engine.answers = {
    'GET /images/json': [[200, [own]]],
    'GET /containers/c/json': [absent, [200, { Config: { Labels: { 'reproman.token': 'ours' } } }]],
    'POST /containers/create': [made],
    'DELETE /containers/c': [[204]],
  };
  await undo({ kind: 'container', id: 'c', at: engine.at, token: 'ours' }, here, { late: true });
  expect(inventoriesOf('POST /containers/create')).toEqual([inventory]);
});
