import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { undo } from '../../../backends/docker/undo.js';
import type { Machine } from '../../../src/machines/machine.js';

type Answer = readonly [status: number, body?: unknown];

const here = { isLocal: true } as Machine;
const token = 'our-token';
const marked = { Config: { Labels: { 'reproman.token': token } } };
const foreign = { Config: { Labels: { 'reproman.token': 'another' } } };
const absent: Answer = [404, { message: 'no such thing' }];

let folder: string;
let server: Server;
let at: string;
let asked: string[];
/** What the engine answers to requests that begin so, in turn; the last answer stays. */
let answers: Record<string, Answer[]>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-'));
  at = `unix://${join(folder, 'socket')}`;
  asked = [];
  server = createServer((request, response) => {
    const [status, body] = answerTo(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function answerTo({ method, url }: IncomingMessage): Answer {
  const line = `${method} ${url?.split('?')[0]}`;
  asked.push(line);
  const queue = answers[line] ?? [];
  return (queue.length > 1 ? queue.shift() : queue[0]) ?? [500, { message: `not expected: ${line}` }];
}

const container = () => ({ kind: 'container', id: 'ours', at, token });
const removed = () => asked.filter((line) => line.startsWith('DELETE'));

describe('a container that a killed process asked for', () => {
  it('is removed although the engine was still making it', async () => {
    answers = {
      'GET /images/json': [[200, [{ Id: 'sha256:base' }]]],
      'GET /containers/ours/json': [absent, absent, [200, marked]],
      'POST /containers/create': [[409, { message: 'the name is in use' }]],
      'DELETE /containers/ours': [[204]],
    };
    await undo(container(), here, { late: true });
    expect(removed()).toEqual(['DELETE /containers/ours']);
  });

  it('was never made where its name can be had', async () => {
    answers = {
      'GET /images/json': [[200, [{ Id: 'sha256:base' }]]],
      'GET /containers/ours/json': [absent, [200, marked]],
      'POST /containers/create': [[201, { Id: 'ours' }]],
      'DELETE /containers/ours': [[204]],
    };
    await undo(container(), here, { late: true });
    expect(removed()).toEqual(['DELETE /containers/ours']);
  });

  it('was never made where there is no image to make it from', async () => {
    answers = { 'GET /images/json': [[200, []]], 'GET /containers/ours/json': [absent] };
    await undo(container(), here, { late: true });
    expect(removed()).toEqual([]);
  });

  it('is gone when the removal that another process began is over', async () => {
    answers = {
      'GET /containers/ours/json': [[200, marked]],
      'DELETE /containers/ours': [[409, { message: 'removal is in progress' }]],
      'POST /containers/ours/wait': [[200, { StatusCode: 0 }]],
    };
    await undo(container(), here);
    expect(asked.at(-1)).toBe('POST /containers/ours/wait');
  });
});

it('waits for the image that the engine makes for a killed process', async () => {
  answers = {
    'GET /images/ours:latest/json': [absent, absent, [200, marked]],
    'DELETE /images/ours:latest': [[200, []]],
    'GET /containers/json': [[200, []]],
    'GET /images/json': [[200, []]],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here, { late: true });
  expect(removed()).toEqual(['DELETE /images/ours:latest']);
});

it('removes an image with those that had its name before, and containers that a kill left of it', async () => {
  answers = {
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
  answers = {
    'GET /images/ours:latest/json': [absent],
    'GET /images/json': [[200, []]],
    'GET /containers/ours/json': [absent],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here);
  await undo(container(), here);
  expect(asked).toHaveLength(3);
});

it('removes an image that lost its name to an engine which ended before it was removed', async () => {
  answers = {
    'GET /images/ours:latest/json': [absent],
    'GET /images/json': [[200, [{ Id: 'sha256:nameless' }]]],
    'DELETE /images/sha256:nameless': [[200, []]],
  };
  await undo({ kind: 'image', id: 'ours:latest', at, token }, here);
  expect(removed()).toEqual(['DELETE /images/sha256:nameless']);
});

it('leaves what only has the same name', async () => {
  answers = {
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
    answers = { 'GET /images/json': [[200, [{ Id: 'sha256:layer' }]]], 'DELETE /images/sha256:layer': [[200, []]] };
    await undo(layer(), here);
    expect(removed()).toEqual(['DELETE /images/sha256:layer']);
  });

  it('stays as long as others are made of it, and goes with the last of them', async () => {
    const inUse: Answer = [409, { message: 'image has dependent child images' }];
    answers = { 'GET /images/json': [[200, [{ Id: 'sha256:layer' }]]], 'DELETE /images/sha256:layer': [inUse] };
    await undo(layer(), here);
    answers = { 'GET /images/json': [[200, []]] };
    await undo(layer(), here);
    expect(removed()).toHaveLength(1);
  });
});
