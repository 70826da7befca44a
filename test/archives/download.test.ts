import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DownloadOptions, download } from '../../src/archives/download.js';
import { openHttpClient } from '../../src/archives/http.js';

const content = Buffer.from('a package of some length '.repeat(4000));
let server: Server;
let base: string;
let handler: RequestListener;

beforeEach(async () => {
  server = createServer((request, response) => handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function all(url: string, options: Partial<DownloadOptions> = {}): Promise<Buffer> {
  using own = openHttpClient();
  const chunks: Uint8Array[] = [];
  for await (const chunk of download(url, { backOff: 1, client: own, ...options })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

it('leaves a server alone for as long as it asks for, whoever wants something of it', async () => {
  const times: number[] = [];
  handler = (_request, response) => {
    times.push(Date.now());
    if (times.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.end(content);
  };
  using client = openHttpClient();
  const first = all(`${base}/a`, { client });
  while (times.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const second = all(`${base}/b`, { client });
  await Promise.all([first, second]);
  const [begin = 0, ...others] = times;
  expect(others).toHaveLength(2);
  for (const time of others) expect(time - begin).toBeGreaterThanOrEqual(950);
});

it('gives a server up that wants to be left alone for too long', async () => {
  handler = (_request, response) => response.writeHead(503, { 'retry-after': '86400' }).end();
  await expect(all(`${base}/a`)).rejects.toThrow(/503, and wants to be left alone for 86400 s/);
});

it('goes on for as long as something comes, however often the connection is cut', async () => {
  let calls = 0;
  handler = (request, response) => {
    calls++;
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = content.subarray(from);
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, 'content-range': range });
    if (rest.length <= 10_000) return void response.end(rest);
    response.write(rest.subarray(0, 10_000), () => setTimeout(() => response.destroy(), 10));
  };
  expect((await all(`${base}/a`)).equals(content)).toBe(true);
  expect(calls).toBe(content.length / 10_000);
});

it('does not put two versions of a file together', async () => {
  let calls = 0;
  handler = (request, response) => {
    const etag = `"${++calls}"`;
    if (calls > 1) expect(request.headers['if-range']).toBe('"1"');
    response.writeHead(200, { 'content-length': content.length, etag });
    if (calls > 1) return void response.end(content);
    response.write(content.subarray(0, 30_000), () => setTimeout(() => response.destroy(), 20));
  };
  await expect(all(`${base}/a`)).rejects.toThrow('it changed while it was downloaded');
});

it('uses the part that a server gives, if it begins early enough', async () => {
  let calls = 0;
  handler = (_request, response) => {
    if (++calls > 1) {
      response.writeHead(206, { 'content-range': `bytes 20000-${content.length - 1}/${content.length}` });
      return void response.end(content.subarray(20_000));
    }
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 30_000), () => setTimeout(() => response.destroy(), 20));
  };
  expect((await all(`${base}/a`)).equals(content)).toBe(true);
});

it('takes a stalled connection for a broken one', async () => {
  let calls = 0;
  handler = (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
    if (++calls > 1) response.end(content.subarray(from));
    else response.write(content.subarray(0, 30_000));
  };
  expect((await all(`${base}/a`, { timeout: 200 })).equals(content)).toBe(true);
  expect(calls).toBe(2);
});

it('follows no circle of redirects, and does not try it again', async () => {
  let calls = 0;
  handler = (_request, response) => {
    calls++;
    response.writeHead(302, { location: '/again' }).end();
  };
  await expect(all(`${base}/a`)).rejects.toThrow('without an end');
  expect(calls).toBe(6);
});
