import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../src/archives/http.js';
import { registryImage } from '../../../src/archives/registry/image.js';
import { parseReference } from '../../../src/archives/registry/reference.js';
import { sha256 } from '../../../src/hash.js';
import { readLayer } from '../../../src/machines/images/layers.js';
import { layerOf } from '../../support/images.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(answer: Answer): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const tar = layerOf({ name: 'a', content: 'content' });
const stored = gzipSync(tar);
const config = JSON.stringify({ rootfs: { diff_ids: [`sha256:${sha256(tar)}`] }, config: { Env: ['A=b=c'] } });
const described = (content: Buffer | string, mediaType: string) => ({
  mediaType,
  digest: `sha256:${sha256(content)}`,
  size: Buffer.byteLength(content),
});
const manifest = JSON.stringify({
  schemaVersion: 2,
  config: described(config, 'application/vnd.oci.image.config.v1+json'),
  layers: [described(stored, 'application/vnd.oci.image.layer.v1.tar+gzip')],
});
const index = (architecture: string) => ({
  ...described(manifest, 'application/vnd.oci.image.manifest.v1+json'),
  platform: { os: 'linux', architecture },
});
const parts: Record<string, Buffer | string> = {
  '/v2/lab/one/manifests/1': manifest,
  '/v2/lab/one/manifests/many': JSON.stringify({
    manifests: [{ ...index('s390x'), digest: `sha256:${'0'.repeat(64)}` }, index('arm64')],
  }),
  [`/v2/lab/one/manifests/sha256:${sha256(manifest)}`]: manifest,
  [`/v2/lab/one/blobs/sha256:${sha256(config)}`]: config,
  [`/v2/lab/one/blobs/sha256:${sha256(stored)}`]: stored,
};
const good: Answer = (request, response) => {
  const part = parts[request.url ?? ''];
  response.writeHead(part === undefined ? 404 : 200).end(part);
};

async function names(
  host: string,
  {
    version = '1',
    platform,
    credentials,
  }: {
    version?: string;
    platform?: string;
    credentials?: { username: string; password: string; serveraddress: string };
  } = {},
) {
  using http = openHttpClient();
  const reference = parseReference(`${host}/lab/one${version.startsWith('sha256:') ? '@' : ':'}${version}`);
  const image = await registryImage({ http, reference, credentials, platform });
  const found = [];
  for (const layer of image.layers) {
    const { members } = await readLayer(layer, { hash: true });
    for (const member of members) found.push(member.kind === 'entry' ? member.packed.entry.path : member.path);
  }
  return found;
}

describe('references', () => {
  it.each([
    ['127.0.0.1:5000/a/b:1', 'http://127.0.0.1:5000', 'a/b', '1'],
    ['registry.test/a', 'https://registry.test', 'a', 'latest'],
    ['http://registry.test/a', 'http://registry.test', 'a', 'latest'],
    [`localhost/a:1@sha256:${'a'.repeat(64)}`, 'http://localhost', 'a', `sha256:${'a'.repeat(64)}`],
  ])('%s', (text, origin, name, version) => {
    expect(parseReference(text)).toMatchObject({ origin, name, version });
  });

  it.each(['debian', 'lab/debian:12', 'host.test/UPPER', 'host.test/a@sha256:12', '../x', 'host.test/../../etc'])(
    '%s is none',
    (text) => {
      expect(() => parseReference(text)).toThrow('names no image of a registry');
    },
  );
});

describe('a registry', () => {
  it('gives an image, also one of several platforms, by tag and by digest', async () => {
    const host = await serve(good);
    expect(await names(host)).toEqual(['/a']);
    expect(await names(host, { version: `sha256:${sha256(manifest)}` })).toEqual(['/a']);
    expect(await names(host, { version: 'many', platform: 'linux/arm64' })).toEqual(['/a']);
    await expect(names(host, { version: 'many', platform: 'mips' })).rejects.toMatchObject({
      remedy: 'give one of: linux/s390x, linux/arm64',
    });
  });

  it('that wants a token is told the credentials where it says, once, and then the token', async () => {
    const asked: string[] = [];
    const host: string = await serve((request, response) => {
      const { authorization = '' } = request.headers;
      if (request.url?.startsWith('/token')) {
        asked.push(`${request.url} ${authorization}`);
        response.end('{"token":"t0"}');
      } else if (authorization !== 'Bearer t0') {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token",service="s"` }).end();
      } else good(request, response);
    });
    const credentials = { username: 'u', password: 'p', serveraddress: host };
    expect(await names(host, { credentials })).toEqual(['/a']);
    expect(asked).toEqual([
      `/token?service=s&scope=repository%3Alab%2Fone%3Apull Basic ${Buffer.from('u:p').toString('base64')}`,
    ]);
  });

  it('that sends elsewhere has what lets us in told to nobody else', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await serve((request, response) => {
      seen.push(request.headers.authorization);
      good(request, response);
    });
    const host = await serve((request, response) => {
      if (!request.headers.authorization) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else if (request.url?.includes('/blobs/'))
        response.writeHead(307, { location: `http://${elsewhere}${request.url}` }).end();
      else good(request, response);
    });
    expect(await names(host, { credentials: { username: 'u', password: 'p', serveraddress: host } })).toEqual(['/a']);
    expect(seen).toEqual([undefined, undefined]);
  });

  it.each<[string, Answer, string]>([
    ['has no such image', (_, response) => response.writeHead(404).end(), 'has no "1"'],
    [
      'lets nobody in',
      (_, response) => response.writeHead(401, { 'www-authenticate': 'Basic' }).end(),
      'without credentials (401)',
    ],
    ['forbids it', (_, response) => response.writeHead(403).end(), '(403)'],
    ['is too busy', (_, response) => response.writeHead(429, { 'retry-after': '0' }).end(), 'too many questions (429)'],
    ['answers with a page', (_, response) => response.end('<!DOCTYPE html>'), 'answers with a page'],
    ['answers with JSON of another shape', (_, response) => response.end('{"a":1}'), 'no image that can be read'],
    [
      'wants a token from where others listen',
      (_, response) => response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://other.test/token"' }).end(),
      'asked for safely',
    ],
    ['answers without an end', (_, response) => endless(response), 'longer than'],
    ['gives another configuration', changed('config'), 'is not what its name says'],
    ['gives a layer that goes on', changed('longer'), 'gives more than'],
    ['gives a layer that stops', changed('shorter'), 'bytes of'],
    ['gives another layer', changed('other'), 'cannot be read'],
  ])('that %s', async (_what, answer, message) => {
    await expect(names(await serve(answer))).rejects.toThrow(message);
  });

  it('that is not there', async () => {
    await expect(names('127.0.0.1:1')).rejects.toThrow('does not answer: ECONNREFUSED');
  });
});

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(1 << 20, ' ');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    response.once('drain', more);
  };
  more();
}

function changed(what: 'config' | 'longer' | 'shorter' | 'other'): Answer {
  return (request, response) => {
    if (what === 'config' && request.url?.endsWith(sha256(config))) response.end(`${config} `);
    else if (what !== 'config' && request.url?.endsWith(sha256(stored))) {
      if (what === 'longer') response.end(Buffer.concat([stored, Buffer.alloc(10)]));
      else if (what === 'shorter') response.end(stored.subarray(0, 40));
      else response.end(Buffer.alloc(stored.length, 'x'));
    } else good(request, response);
  };
}
