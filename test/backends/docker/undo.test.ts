import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { undo } from '../../../backends/docker/undo.js';
import type { Machine } from '../../../src/machines/machine.js';
import { type Answer, type AnsweringEngine, answeringEngine } from './answering-engine.js';

const here = { isLocal: true } as Machine;
const token = 'our-token';
const marked = { Config: { Labels: { 'reproman.token': token } } };
const foreign = { Config: { Labels: { 'reproman.token': 'another' } } };
const absent: Answer = [404, { message: 'no such thing' }];

let engine: AnsweringEngine;
let at: string;
beforeEach(async () => {
  engine = await answeringEngine();
  at = engine.at;
});
afterEach(() => engine[Symbol.asyncDispose]());

const container = () => ({ kind: 'container', id: 'ours', at, token });
const asked = () => engine.asked.map(({ line }) => line);
const removed = () => asked().filter((line) => line.startsWith('DELETE'));

describe('a container that a killed process asked for', () => {
  it('is removed although the engine was still making it', async () => {
    engine.answers = {
      'GET /images/json': [[200, [{ Id: 'sha256:base' }]]],
      'GET /containers/ours/json': [absent, absent, [200, marked]],
      'POST /containers/create': [[409, { message: 'the name is in use' }]],
      'DELETE /containers/ours': [[204]],
    };
    await undo(container(), here, { late: true });
    expect(removed()).toEqual(['DELETE /containers/ours']);
  });

  it('is removed although the engine was still making it from the layer of another resource', async () => {
    const layer = { Id: 'sha256:layer', Labels: { 'reproman.token': 'another', 'reproman.inventory': 'theirs' } };
    engine.answers = {
      'GET /images/json': [[200, [{ Id: 'sha256:none-of-ours' }, layer]]],
      'GET /containers/ours/json': [absent, absent, [200, marked]],
      'POST /containers/create': [[409, { message: 'the name is in use' }]],
      'DELETE /containers/ours': [[204]],
    };
    await undo(container(), here, { late: true });
    expect(removed()).toEqual(['DELETE /containers/ours']);
    const [probe] = engine.asked.filter(({ line }) => line === 'POST /containers/create');
    expect(JSON.parse(probe?.body ?? '')).toMatchObject({
      Image: 'sha256:layer',
      Labels: { 'reproman.token': token, 'reproman.inventory': '' },
    });
  });

  it('was never made where its name can be had', async () => {
    engine.answers = {
      'GET /images/json': [[200, [{ Id: 'sha256:base' }]]],
      'GET /containers/ours/json': [absent, [200, marked]],
      'POST /containers/create': [[201, { Id: 'ours' }]],
      'DELETE /containers/ours': [[204]],
    };
    await undo(container(), here, { late: true });
    expect(removed()).toEqual(['DELETE /containers/ours']);
  });

  it('was never made where there is no image to make it from', async () => {
    engine.answers = { 'GET /images/json': [[200, []]], 'GET /containers/ours/json': [absent] };
    await undo(container(), here, { late: true });
    expect(removed()).toEqual([]);
  });

  it('is gone when the removal that another process began is over', async () => {
    engine.answers = {
      'GET /containers/ours/json': [[200, marked]],
      'DELETE /containers/ours': [[409, { message: 'removal is in progress' }]],
      'POST /containers/ours/wait': [[200, { StatusCode: 0 }]],
    };
    await undo(container(), here);
    expect(asked().at(-1)).toBe('POST /containers/ours/wait');
  });
});

it('waits for the image that the engine makes for a killed process', async () => {
  engine.answers = {
    'GET /images/ours:latest/json': [absent, absent, [200, marked]],
    'DELETE /images/ours:latest': [[200, []]],
    'GET /containers/json': [[200, []]],
    'GET /images/json': [[200, []]],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here, { late: true });
  expect(removed()).toEqual(['DELETE /images/ours:latest']);
});

it('removes an image with those that had its name before, and containers that a kill left of it', async () => {
  engine.answers = {
    'GET /images/ours:latest/json': [[200, marked]],
    'GET /containers/json': [[200, [{ Id: 'unstarted' }]]],
    'DELETE /containers/unstarted': [[204]],
    'DELETE /images/ours:latest': [[200, []]],
    'GET /images/json': [[200, [{ Id: 'sha256:former' }]]],
    'DELETE /images/sha256:former': [[200, []]],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here);
  expect(removed()).toEqual([
    'DELETE /containers/unstarted',
    'DELETE /images/ours:latest',
    'DELETE /images/sha256:former',
  ]);
});

it('waits for nothing of a process that came to its end', async () => {
  engine.answers = {
    'GET /images/ours:latest/json': [absent],
    'GET /images/json': [[200, []]],
    'GET /containers/ours/json': [absent],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here);
  await undo(container(), here);
  expect(engine.asked).toHaveLength(3);
});

it('removes an image that lost its name to an engine which ended before it was removed', async () => {
  engine.answers = {
    'GET /images/ours:latest/json': [absent],
    'GET /images/json': [[200, [{ Id: 'sha256:nameless' }]]],
    'DELETE /images/sha256:nameless': [[200, []]],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here);
  expect(removed()).toEqual(['DELETE /images/sha256:nameless']);
});

it('leaves what only has the same name', async () => {
  engine.answers = {
    'GET /images/ours:latest/json': [[200, foreign]],
    'GET /images/json': [[200, []]],
    'GET /containers/ours/json': [[200, foreign]],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here);
  await undo(container(), here);
  expect(removed()).toEqual([]);
});

describe('a layer', () => {
  const layer = () => ({ kind: 'layer', id: 'a-key', at, token });

  it('is removed when nothing is made of it', async () => {
    engine.answers = {
      'GET /images/json': [[200, [{ Id: 'sha256:layer' }]]],
      'DELETE /images/sha256:layer': [[200, []]],
    };
    await undo(layer(), here);
    expect(removed()).toEqual(['DELETE /images/sha256:layer']);
  });

  it('stays as long as others are made of it, and goes with the last of them', async () => {
    const inUse: Answer = [409, { message: 'image has dependent child images' }];
    engine.answers = { 'GET /images/json': [[200, [{ Id: 'sha256:layer' }]]], 'DELETE /images/sha256:layer': [inUse] };
    await undo(layer(), here);
    engine.answers = { 'GET /images/json': [[200, []]] };
    await undo(layer(), here);
    expect(removed()).toHaveLength(1);
  });
});
